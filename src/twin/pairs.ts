// The linked steps of a twin lab: an objective of Kubernetes beside the one of ECS that asks for the same, and what each system calls it.

export interface Step {
  id: string;
  title: string;
  /** Undefined for what belongs to neither side, such as a file with an answer. */
  platform: 'kubernetes' | 'ecs' | undefined;
  /** Kinds of objects that the step looks at, in Kubernetes' words. */
  kinds: readonly string[];
}
export interface Pair {
  kubernetes?: Step;
  ecs?: Step;
}
export interface Concept {
  id: string;
  kubernetes: string;
  ecs: string;
  same: string;
  differs: string;
}

/** The resources of an objective as exercise.yaml has them. */
export type Resources = Readonly<Record<string, { platform?: string | undefined; kind?: string | undefined }>>;

export function stepOf(objective: { id: string; title: string; resources: Resources }): Step {
  const resources = Object.values(objective.resources);
  const ecs = resources.some((resource) => resource.platform === 'ecs');
  const kubernetes = resources.some((resource) => resource.platform !== 'ecs');
  return {
    id: objective.id,
    title: objective.title,
    platform: ecs === kubernetes ? undefined : ecs ? 'ecs' : 'kubernetes',
    kinds: [...new Set(resources.flatMap((resource) => resource.kind ?? []))],
  };
}

/** The first step of one side with the first of the other, and so on; a side that has more goes on alone. */
export function pairSteps(steps: readonly Step[]): Pair[] {
  const side = (platform: Step['platform']): Step[] => steps.filter((step) => step.platform === platform);
  const [left, right] = [side('kubernetes'), side('ecs')];
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => ({
    ...(left[index] && { kubernetes: left[index] }),
    ...(right[index] && { ecs: right[index] }),
  }));
}

/** The concept that a kind belongs to: `Secret` is found in `Secret, ConfigMap`. */
export function conceptOf<Found extends Concept>(kind: string, concepts: readonly Found[]): Found | undefined {
  return concepts.find((concept) => concept.kubernetes.split(/,\s*|\s+and\s+/).some((name) => name.toLowerCase() === kind.toLowerCase()));
}

/** "Task", or why there is nothing like it. */
export function counterpartInWords(concept: Concept): string {
  return concept.same === '' ? `No equivalent: ${concept.differs}` : concept.ecs;
}
