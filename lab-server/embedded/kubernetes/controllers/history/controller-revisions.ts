// ControllerRevisions: the templates a stateful set or daemon set had, numbered, so that kubectl can show and bring back old ones.
import { isApiError } from '../../api/errors.ts';
import type { ClusterClient } from '../../cluster-client.ts';
import type { KubernetesObject, LabelSelector, PodTemplateSpec } from '../../types.ts';
import { canonicalJson } from '../canonical-json.ts';
import { hashText } from '../deployments/template-hash.ts';
import { isControlledBy } from '../keys.ts';
import { CONTROLLER_REVISION, type ControllerRevision } from '../kinds.ts';
import { claim, ifPresent } from '../ownership.ts';
import { controllerReference } from '../pods/from-template.ts';

export interface HistoryOptions {
  owner: KubernetesObject;
  selector: LabelSelector;
  template: PodTemplateSpec;
  /** Where the kind keeps a revision's hash among its labels. */
  hashLabel: string;
  collisionCount: number;
}

export interface History {
  /** Oldest first. */
  revisions: ControllerRevision[];
  /** The revision of the current template. */
  update: ControllerRevision;
}

/** Another template hashed to a name that is taken: count it and hash again. */
export class RevisionCollision extends Error {}

/** The patch that brings a template back, as kubectl applies it. */
function patchOf(template: PodTemplateSpec) {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

/** The template that a revision stands for. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const data = revision.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined;
  const { $patch: _, ...template } = data?.spec?.template ?? {};
  return template;
}

/** The owner's revisions with one for its template, which is created or, where an old one is the same, becomes the newest again. */
export function syncHistory(client: ClusterClient, options: HistoryOptions): History {
  const revisions = claim(client, CONTROLLER_REVISION, options.owner, options.selector).sort(byRevision);
  const data = patchOf(options.template);
  const wanted = canonicalJson(data);
  const equal = revisions.findLast((revision) => canonicalJson(revision.data) === wanted);
  const newest = revisions.at(-1);
  if (equal && equal === newest) {
    return { revisions, update: equal };
  }
  const next = (newest?.revision ?? 0) + 1;
  if (equal) {
    const update = client.update(CONTROLLER_REVISION, { ...equal, revision: next });
    return { revisions: [...revisions.filter((revision) => revision !== equal), update], update };
  }
  const update = createRevision(client, options, data, next);
  return { revisions: [...revisions, update], update };
}

function createRevision(client: ClusterClient, options: HistoryOptions, data: object, revision: number): ControllerRevision {
  const { owner, template, hashLabel, collisionCount } = options;
  const hash = hashText(canonicalJson(data) + (collisionCount > 0 ? `#${collisionCount}` : ''));
  const { namespace, annotations } = owner.metadata;
  const name = `${owner.metadata.name}-${hash}`;
  try {
    return client.create(CONTROLLER_REVISION, {
      apiVersion: CONTROLLER_REVISION.apiVersion,
      kind: CONTROLLER_REVISION.kind,
      metadata: {
        name,
        namespace,
        labels: { ...template.metadata?.labels, [hashLabel]: hash },
        ...(annotations ? { annotations } : {}),
        ownerReferences: [controllerReference(owner)],
      },
      data,
      revision,
    });
  } catch (error) {
    const existing = isApiError(error, 'AlreadyExists') ? client.get(CONTROLLER_REVISION, namespace, name) : undefined;
    if (existing && isControlledBy(existing, owner) && canonicalJson(existing.data) === canonicalJson(data)) {
      return existing;
    }
    throw existing ? new RevisionCollision(name) : error;
  }
}

/** Removes the oldest revisions that nothing lives by, beyond `limit`. */
export function trimRevisions(
  client: ClusterClient,
  revisions: readonly ControllerRevision[],
  live: ReadonlySet<string>,
  limit: number,
): void {
  const dead = revisions.filter(({ metadata }) => !live.has(metadata.name));
  for (const { metadata } of dead.slice(0, Math.max(0, dead.length - limit))) {
    ifPresent(() => client.delete(CONTROLLER_REVISION, metadata.namespace, metadata.name));
  }
}

function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  return a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1);
}
