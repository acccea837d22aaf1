// A pod's quality of service class, from the requests and limits of its containers.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
import { compareQuantities, tryParseQuantity } from '../../values/index.ts';
import type { PodSpec } from '../kinds.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'];

export function qosClassOf(spec: PodSpec | undefined): QosClass {
  const sources = spec?.resources
    ? [spec.resources]
    : [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((c) => c.resources);
  let any = false;
  let guaranteed = true;
  for (const resources of sources) {
    for (const name of counted) {
      const request = tryParseQuantity(resources?.requests?.[name]);
      const limit = tryParseQuantity(resources?.limits?.[name]);
      any ||= (request?.nanos ?? 0n) > 0n || (limit?.nanos ?? 0n) > 0n;
      guaranteed &&= limit !== undefined && limit.nanos > 0n && (request === undefined || compareQuantities(request, limit) === 0);
    }
  }
  if (!any) {
    return 'BestEffort';
  }
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
