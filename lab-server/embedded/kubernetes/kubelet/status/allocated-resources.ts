// What a pod has been given of its node: the sum of its requests, written as its containers write them.
import { podRequests } from '../../scheduler/index.ts';
import type { Pod } from '../../types.ts';
import { formatQuantity, quantityOf, quantityOfMillis, tryParseQuantity } from '../../values/index.ts';

export function allocatedResourcesOf(pod: Pod): Record<string, string> | undefined {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const allocated: Record<string, string> = {};
  for (const [name, amount] of Object.entries(podRequests(pod))) {
    const written = [pod.spec?.resources, ...containers.map(({ resources }) => resources)];
    const format = written.map((resources) => tryParseQuantity(resources?.requests?.[name])?.format).find((found) => found !== undefined);
    allocated[name] = formatQuantity(name === 'cpu' ? quantityOfMillis(amount, format) : quantityOf(amount, format));
  }
  return Object.keys(allocated).length === 0 ? undefined : allocated;
}
