// Writes a pod's status to the API when it differs from what is there.
import { sameValue } from '../../values/same.ts';
import type { Pod } from '../../types.ts';
import { POD } from '../kinds.ts';
import type { WorkerContext } from '../worker-context.ts';
import { type PodFacts, podStatusOf } from './pod-status.ts';

/** The pod as it is afterwards; undefined when it is gone or another one has its name. */
export function writeStatus(context: WorkerContext, facts: Omit<PodFacts, 'hostIP' | 'now'>): Pod | undefined {
  const { client, clock, node } = context;
  const { uid, name, namespace } = facts.pod.metadata;
  const pod = client.get(POD, namespace, name);
  if (pod?.metadata.uid !== uid) {
    return undefined;
  }
  const status = podStatusOf({ ...facts, pod, hostIP: node.address, now: clock.now() });
  return sameValue(status, pod.status) ? pod : client.updateStatus(POD, { ...pod, status });
}
