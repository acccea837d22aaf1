// Which services a pod's change concerns: those that select it, and those that selected it before.
import type { ClusterClient } from '../../cluster-client.ts';
import type { KubernetesObject, Pod } from '../../types.ts';
import { matchesLabels } from '../../values/label-selector.ts';
import type { Key, Watch } from '../controller.ts';
import { keyOf } from '../keys.ts';
import { POD, SERVICE } from '../kinds.ts';
import { sameValue } from '../../values/same.ts';

/** Watches pods for the services that select them. */
export const watchServicePods: Watch = { kind: POD, keys: servicesOf };

function servicesOf(object: KubernetesObject, previous: KubernetesObject | undefined, client: ClusterClient): readonly Key[] {
  const pod = object as Pod;
  const old = previous as Pod | undefined;
  if (old && isSameEndpoint(pod, old)) {
    return [];
  }
  return client
    .list(SERVICE, { namespace: pod.metadata.namespace })
    .filter(
      ({ spec }) =>
        matchesLabels(spec?.selector, pod.metadata.labels) || (old !== undefined && matchesLabels(spec?.selector, old.metadata.labels)),
    )
    .map(keyOf);
}

/** Whether nothing changed that an endpoint shows, so that a restart count or a condition's time wakes nobody. */
function isSameEndpoint(pod: Pod, old: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp === old.metadata.deletionTimestamp &&
    pod.status?.podIP === old.status?.podIP &&
    pod.status?.phase === old.status?.phase &&
    pod.spec?.nodeName === old.spec?.nodeName &&
    sameValue(pod.metadata.labels, old.metadata.labels) &&
    readyStatus(pod) === readyStatus(old)
  );
}

function readyStatus(pod: Pod): string | undefined {
  return pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}
