// In-place changes of container resources: whether the node allows them, and what each container needs for them.
// https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
import type { Node, Pod } from '../types.ts';
import { sameValue } from '../values/same.ts';
import { beyondCapacity, outOfResources } from './admission.ts';
import type { ResourceRequirements } from './kinds.ts';
import type { ContainerView } from './status/phase.ts';

export type ResizeVerdict =
  | { is: 'none' }
  | { is: 'pending'; reason: 'Infeasible' | 'Deferred'; message: string }
  /** `restart` names the containers whose resizePolicy asks for a restart. */
  | { is: 'allowed'; changed: ContainerView[]; restart: ContainerView[] };

export function judgeResize(pod: Pod, views: readonly ContainerView[], node: Node, others: Iterable<Pod>): ResizeVerdict {
  const changed = views.filter(
    ({ container, record }) =>
      record.state.is === 'running' &&
      record.resources !== undefined &&
      (container.role === 'app' || container.role === 'sidecar') &&
      !sameResources(record.resources, container.spec.resources),
  );
  if (changed.length === 0) {
    return { is: 'none' };
  }
  const infeasible = beyondCapacity(pod, node);
  if (infeasible !== undefined) {
    return { is: 'pending', reason: 'Infeasible', message: infeasible };
  }
  const short = outOfResources(pod, node, others);
  if (short) {
    return { is: 'pending', reason: 'Deferred', message: short.message };
  }
  return { is: 'allowed', changed, restart: changed.filter(needsRestart) };
}

/** The text of ResizeStarted and ResizeCompleted events: the pod's resources as they are to be. */
export function resizeText(pod: Pod, verb: string): string {
  const containers = (pod.spec?.containers ?? []).map(({ name, resources }) => ({
    name,
    resources: {
      ...(resources?.limits ? { limits: sorted(resources.limits) } : {}),
      ...(resources?.requests ? { requests: sorted(resources.requests) } : {}),
    },
  }));
  return `Pod resize ${verb}: ${JSON.stringify({ containers, generation: pod.metadata.generation ?? 0 })}`;
}

function needsRestart({ container, record }: ContainerView): boolean {
  const { resources } = container.spec;
  return (container.spec.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' &&
      (record.resources?.limits?.[resourceName] !== resources?.limits?.[resourceName] ||
        record.resources?.requests?.[resourceName] !== resources?.requests?.[resourceName]),
  );
}

function sameResources(a: ResourceRequirements | undefined, b: ResourceRequirements | undefined): boolean {
  return sameValue(a?.limits, b?.limits) && sameValue(a?.requests, b?.requests);
}

function sorted(quantities: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
