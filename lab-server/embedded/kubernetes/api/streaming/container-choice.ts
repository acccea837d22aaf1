// Which pod and container a request is about, refused in the API server's words.
import { badRequest, notFound } from '../errors.ts';
import { kindRef } from '../../cluster-client.ts';
import type { Kubelet } from '../../kubelet/index.ts';
import type { Pod } from '../../types.ts';
import type { StreamingHost, StreamingTarget } from './host.ts';

const POD = kindRef<Pod>('v1', 'Pod');

/** Throws ApiError NotFound. */
export function podOf(host: StreamingHost, target: StreamingTarget): Pod {
  const pod = host.client.get(POD, target.namespace, target.pod);
  if (!pod) {
    throw notFound({ group: '', resource: 'pods' }, target.pod);
  }
  return pod;
}

/** The container that is named, or the only one. Throws ApiError BadRequest. */
export function containerOf(pod: Pod, name: string | null): string {
  const { name: podName } = pod.metadata;
  const containers = (pod.spec?.containers ?? []).map((container) => container.name);
  const inits = (pod.spec?.initContainers ?? []).map((container) => container.name);
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map((container) => container.name);
  if (name) {
    if (![...containers, ...inits, ...ephemeral].includes(name)) {
      throw badRequest(`container ${name} is not valid for pod ${podName}`);
    }
    return name;
  }
  const [only] = containers;
  if (only !== undefined && containers.length === 1 && inits.length === 0) {
    return only;
  }
  const choice = `, choose one of: [${containers.join(' ')}]`;
  const initChoice = inits.length > 0 ? ` or one of the init containers: [${inits.join(' ')}]` : '';
  throw badRequest(`a container name must be specified for pod ${podName}${choice}${initChoice}`);
}

/** The kubelet that runs a pod. Throws ApiError BadRequest while the pod has no node. */
export function kubeletOf(host: StreamingHost, pod: Pod): Kubelet | undefined {
  const node = pod.spec?.nodeName;
  if (!node) {
    throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  }
  return host.kubelet(node);
}
