// The downward API: a pod's own fields and a container's resources as text, for variables and files.
import type { Pod } from '../../types.ts';
import { type Quantity, quantityOf, tryParseQuantity } from '../../values/index.ts';
import type { ContainerSpec } from '../kinds.ts';

/** What is not in the pod object: where it runs. */
export interface PodPlace {
  podIP: string | undefined;
  hostIP: string;
}

/** The value of a fieldRef; undefined where the path is not supported. */
export function fieldValue(pod: Pod, path: string, place: PodPlace): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) {
    return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  }
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return place.hostIP;
    case 'status.podIP':
    case 'status.podIPs':
      return place.podIP ?? '';
    default:
      return undefined;
  }
}

/** The value of a resourceFieldRef such as `limits.memory`; a limit that is not set is the node's allocatable amount. */
export function resourceValue(
  container: ContainerSpec,
  resource: string,
  divisor: string | undefined,
  allocatable: Readonly<Record<string, string>>,
): string | undefined {
  const [source, name] = splitOnce(resource, '.');
  if ((source !== 'limits' && source !== 'requests') || name === '') {
    return undefined;
  }
  const own = tryParseQuantity(container.resources?.[source]?.[name]);
  const fallback = source === 'limits' ? tryParseQuantity(allocatable[name]) : undefined;
  const amount: Quantity = own ?? fallback ?? quantityOf(0);
  const given = tryParseQuantity(divisor);
  const unit = given && given.nanos > 0n ? given : quantityOf(1);
  // Rounded up to whole units, as the real kubelet does.
  return String((amount.nanos + unit.nanos - 1n) / unit.nanos);
}

function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
