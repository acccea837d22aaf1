// hostPort: a port of the node that leads to a container of a pod on it.
import type { Router } from '../../runtime/runtime.ts';
import type { PodDirectory } from './pod-directory.ts';

export class HostPorts implements Router {
  readonly #pods: PodDirectory;
  readonly #nodeNameAt: (address: string) => string | undefined;

  constructor(pods: PodDirectory, nodeNameAt: (address: string) => string | undefined) {
    this.#pods = pods;
    this.#nodeNameAt = nodeNameAt;
  }

  route({ address, port }: { from: string; address: string; port: number }): ReturnType<Router['route']> {
    const node = this.#nodeNameAt(address);
    if (node === undefined) {
      return undefined;
    }
    for (const pod of this.#pods.pods()) {
      if (pod.spec?.nodeName !== node) {
        continue;
      }
      for (const { ports } of pod.spec.containers) {
        const found = ports?.find(({ hostPort, protocol }) => hostPort === port && (protocol ?? 'TCP') === 'TCP');
        if (found && pod.status?.podIP) {
          return { to: { address: pod.status.podIP, port: found.containerPort } };
        }
      }
    }
    return undefined;
  }
}
