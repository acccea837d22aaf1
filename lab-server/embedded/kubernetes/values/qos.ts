// A pod's quality of service, from the requests and limits of its containers (k8s.io/kubernetes/pkg/apis/core/helper/qos).
import { type Quantity, compareQuantities, tryParseQuantity } from './quantity.ts';

interface Resources {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

interface Spec {
  containers?: { resources?: Resources }[];
  initContainers?: { resources?: Resources }[];
  resources?: Resources;
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

export function qosClass(spec: Spec | undefined): QosClass {
  const own = spec?.resources;
  const all = own ? [own] : [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map((container) => container.resources ?? {});
  let anything = false;
  let guaranteed = true;
  for (const { requests, limits } of all) {
    for (const name of ['cpu', 'memory']) {
      const request = positive(requests?.[name]);
      const limit = positive(limits?.[name]);
      anything ||= request !== undefined || limit !== undefined;
      guaranteed &&= limit !== undefined && (request === undefined || compareQuantities(request, limit) === 0);
    }
  }
  if (!anything) {
    return 'BestEffort';
  }
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function positive(text: string | undefined): Quantity | undefined {
  const quantity = tryParseQuantity(text);
  return quantity && quantity.nanos > 0n ? quantity : undefined;
}
