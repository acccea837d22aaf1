// The binding subresource of pods: where the scheduler's choice becomes part of the pod.
import type { ApiCore, WriteContext } from '../core.ts';
import { conflict } from '../errors.ts';
import type { Resource } from '../registry.ts';
import type { Entry } from '../../storage/index.ts';
import type { Pod } from '../../types.ts';
import { isoTime } from '../../values/index.ts';
import { managersOf } from './metadata.ts';
import { existing, updateObject } from './update.ts';

/** Sets spec.nodeName, the annotations and labels of the binding and the PodScheduled condition. A bound pod is never bound again. */
export function bindPod(
  core: ApiCore,
  pods: Resource,
  namespace: string,
  name: string,
  target: { node: string; uid?: string; annotations?: Record<string, string>; labels?: Record<string, string> },
  context: WriteContext,
): Entry {
  const pod = existing(core, pods, namespace, name).object as Pod;
  const refuse = (why: string): Error => conflict({ group: '', resource: 'pods/binding' }, name, why);
  if (target.uid && target.uid !== pod.metadata.uid) {
    throw refuse(`Precondition failed: UID in precondition: ${target.uid}, UID in object meta: ${pod.metadata.uid}`);
  }
  if (pod.metadata.deletionTimestamp) {
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec?.nodeName) {
    throw refuse(`pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
  }
  if (pod.spec?.schedulingGates?.length) {
    throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  }
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    observedGeneration: pod.metadata.generation,
    lastProbeTime: null,
    lastTransitionTime: isoTime(core.clock.now()),
  };
  const conditions = [...(pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled'), scheduled];
  const metadata = { ...pod.metadata };
  if (target.annotations) {
    metadata.annotations = { ...metadata.annotations, ...target.annotations };
  }
  if (target.labels) {
    metadata.labels = { ...metadata.labels, ...target.labels };
  }
  const bound = { ...pod, metadata, spec: { ...pod.spec, nodeName: target.node }, status: { ...pod.status, conditions } };
  // The real server binds below the layer that keeps field owners, so a binding owns nothing.
  return updateObject(core, pods, namespace, name, bound, context, { subresource: 'binding', isJudged: true, managers: managersOf(pod) });
}
