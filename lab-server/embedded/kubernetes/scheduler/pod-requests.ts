// What a pod asks of a node, as the scheduler counts it: init containers run one at a time, sidecars beside everything after them.
// https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
import type { Pod } from '../types.ts';
import { milliValue, tryParseQuantity, wholeValue } from '../values/index.ts';

/** cpu in millicores, everything else in whole units, by resource name. */
export type Amounts = Readonly<Record<string, number>>;

type Resources = { requests?: Readonly<Record<string, string>> } | undefined;

export function podRequests(pod: Pod): Amounts {
  const total = containerRequests(pod);
  // Requests at the pod level stand in for the sum of its containers'.
  Object.assign(total, amountsOf(pod.spec?.resources?.requests));
  add(total, amountsOf(pod.spec?.overhead));
  return total;
}

export function amountsOf(quantities: Readonly<Record<string, string>> | undefined): Record<string, number> {
  const amounts: Record<string, number> = {};
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const quantity = tryParseQuantity(text);
    if (quantity) {
      amounts[name] = name === 'cpu' ? milliValue(quantity) : wholeValue(quantity);
    }
  }
  return amounts;
}

function containerRequests(pod: Pod): Record<string, number> {
  const running: Record<string, number> = {};
  for (const container of pod.spec?.containers ?? []) {
    add(running, requestsOf(container.resources));
  }
  const sidecars: Record<string, number> = {};
  const peak: Record<string, number> = {};
  for (const container of pod.spec?.initContainers ?? []) {
    const own = requestsOf(container.resources);
    if (container.restartPolicy === 'Always') {
      add(running, own);
      add(sidecars, own);
      raise(peak, sidecars);
    } else {
      const beside = { ...sidecars };
      add(beside, own);
      raise(peak, beside);
    }
  }
  raise(running, peak);
  return running;
}

function requestsOf(resources: Resources): Record<string, number> {
  return amountsOf(resources?.requests);
}

function add(target: Record<string, number>, more: Amounts): void {
  for (const name in more) {
    target[name] = (target[name] ?? 0) + (more[name] ?? 0);
  }
}

function raise(target: Record<string, number>, other: Amounts): void {
  for (const name in other) {
    target[name] = Math.max(target[name] ?? 0, other[name] ?? 0);
  }
}
