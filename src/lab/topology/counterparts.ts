// Below the picture: what the other system calls each kind of thing that it shows, or that it has nothing like it and why.
import type { Topology } from '../../../lab-server/protocol/topology.ts';
import { conceptOf, counterpartInWords, type Concept } from '../../twin/pairs.ts';

let concepts: Promise<Concept[]> | undefined;

function fetchConcepts(): Promise<Concept[]> {
  concepts ??= fetch('/concepts.json')
    .then((response) => response.json() as Promise<Concept[]>)
    .catch(() => []);
  return concepts;
}

/** What ECS has, under Kubernetes' name for it. */
const ECS_KINDS: Record<string, string> = {
  Service: 'Deployment',
  Task: 'Pod',
  'Container instance': 'Node',
  Fargate: 'Node',
  'Service Connect': 'Service',
  'Target group': 'Service',
};

export interface Counterpart {
  here: string;
  there: string;
}

/** One line for each kind in the picture that the concept map knows. Pure. */
export function counterpartsIn(picture: Topology, known: readonly Concept[]): Counterpart[] {
  const things = [...picture.units, ...picture.groups, ...picture.entries, ...picture.hosts];
  const kinds = [...new Set(things.map(({ kind }) => kind.replace(/,.*$/, '')))];
  return kinds.flatMap((kind): Counterpart[] => {
    const concept = conceptOf(picture.platform === 'ecs' ? (ECS_KINDS[kind] ?? '') : kind, known);
    return concept ? [{ here: kind, there: picture.platform === 'ecs' ? concept.kubernetes : counterpartInWords(concept) }] : [];
  });
}

export async function showCounterparts(host: HTMLElement, picture: Topology): Promise<void> {
  const pairs = counterpartsIn(picture, await fetchConcepts());
  const other = picture.platform === 'ecs' ? 'Kubernetes' : 'ECS';
  host.hidden = pairs.length === 0;
  host.replaceChildren(
    ...pairs.map(({ here, there }) => {
      const line = document.createElement('span');
      const name = document.createElement('strong');
      name.textContent = here;
      line.append(name, ` in ${other}: ${there}`);
      return line;
    }),
  );
}
