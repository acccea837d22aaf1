// Services with their endpoints, kept from the watches: what kube-proxy and the cluster's DNS answer from.
import type { ClusterClient } from '../cluster-client.ts';
import type { EndpointSlice, Service } from '../types.ts';
import { ENDPOINT_SLICE, SERVICE } from './kinds.ts';

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export interface Endpoint {
  address: string;
  port: number;
  node: string | undefined;
  hostname: string | undefined;
  ready: boolean;
  /** Still serves though it is being ended; used when nothing is ready. */
  serving: boolean;
  terminating: boolean;
}

export class ServiceTable implements Disposable {
  readonly #services = new Map<string, Service>();
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();
  readonly #listeners = new Set<() => void>();
  readonly #watches: Disposable[];

  constructor(client: ClusterClient) {
    this.#watches = [
      client.watch(SERVICE, ({ type, object }) => {
        const key = keyOf(object.metadata.namespace, object.metadata.name);
        if (type === 'DELETED') {
          this.#services.delete(key);
        } else {
          this.#services.set(key, object);
        }
        this.#changed();
      }),
      client.watch(ENDPOINT_SLICE, ({ type, object }) => {
        const service = object.metadata.labels?.[SERVICE_NAME_LABEL];
        if (service === undefined) {
          return;
        }
        const key = keyOf(object.metadata.namespace, service);
        const slices = this.#slices.get(key) ?? new Map<string, EndpointSlice>();
        if (type === 'DELETED') {
          slices.delete(object.metadata.name);
        } else {
          slices.set(object.metadata.name, object);
        }
        this.#slices.set(key, slices);
        this.#changed();
      }),
    ];
  }

  services(): IterableIterator<Service> {
    return this.#services.values();
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.get(keyOf(namespace, name));
  }

  /** Endpoints of a Service's port; every port's when `portName` is undefined. Ports in slices carry the Service port's name. */
  endpoints(namespace: string, name: string, portName?: string): Endpoint[] {
    const found: Endpoint[] = [];
    for (const slice of this.#slices.get(keyOf(namespace, name))?.values() ?? []) {
      const ports = (slice.ports ?? []).filter((port) => portName === undefined || (port.name ?? '') === portName);
      for (const endpoint of slice.endpoints ?? []) {
        const { ready, serving, terminating } = endpoint.conditions ?? {};
        for (const address of endpoint.addresses) {
          for (const { port } of ports) {
            found.push({
              address,
              port: port ?? 0,
              node: endpoint.nodeName,
              hostname: endpoint.hostname,
              // An absent condition means ready.
              ready: ready ?? true,
              serving: serving ?? ready ?? true,
              terminating: terminating ?? false,
            });
          }
        }
      }
    }
    return found;
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches) {
      watch[Symbol.dispose]();
    }
    this.#listeners.clear();
  }

  #changed(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
