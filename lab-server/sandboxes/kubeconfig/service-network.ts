// The lab's way into a real cluster: the API server, and the addresses of the lab's Services, each connection carried by the API's port-forward to a ready pod.
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import type { PlatformState, PublishedAddress, SandboxNetwork } from '../sandbox.ts';
import { connectToPod, type PodPort } from './pod-connection.ts';

/** Where the workspace finds the API server, whatever its real address is. */
export const API_ADDRESS = { address: '192.168.49.2', port: 8443 } as const;

const serviceSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  spec: z.object({
    clusterIP: z.string().default(''),
    ports: z
      .array(
        z.object({ name: z.string().optional(), port: z.number(), protocol: z.string().default('TCP'), nodePort: z.number().optional() }),
      )
      .default([]),
  }),
  status: z
    .object({ loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string().optional() })).default([]) }).default({ ingress: [] }) })
    .default({ loadBalancer: { ingress: [] } }),
});
type Service = z.infer<typeof serviceSchema>;

const endpointsSchema = z.object({
  subsets: z
    .array(
      z.object({
        addresses: z.array(z.object({ targetRef: z.object({ kind: z.string(), name: z.string() }).optional() })).default([]),
        ports: z.array(z.object({ name: z.string().optional(), port: z.number() })).default([]),
      }),
    )
    .default([]),
});

interface Frontend {
  service: string;
  port: { name?: string | undefined; port: number };
}

export interface ServiceNetworkOptions {
  namespace: string;
  state: PlatformState;
  config: KubeConfig;
  /** Host and port of the API server as this machine reaches it. */
  apiServer: { host: string; port: number };
  /** Ranges of Services and addresses of nodes, as far as they are known. */
  ranges: readonly string[];
  nodes: readonly string[];
}

export class ServiceNetwork implements SandboxNetwork, Disposable {
  readonly ranges: readonly string[];
  readonly #options: ServiceNetworkOptions;
  readonly #services = new Map<string, Service>();
  readonly #listeners = new Set<() => void>();
  readonly #ended = new AbortController();
  #turn = 0;

  constructor(options: ServiceNetworkOptions) {
    this.#options = options;
    this.ranges = [`${API_ADDRESS.address}/32`, ...options.ranges, ...options.nodes.map((address) => `${address}/32`)];
  }

  /** Follows the lab's Services until it is disposed of. Rejects when the cluster refuses that. */
  async follow(): Promise<void> {
    const query = { platform: 'kubernetes', apiVersion: 'v1', kind: 'Service', namespace: this.#options.namespace } as const;
    for await (const { type, document } of this.#options.state.changes(query, this.#ended.signal)) {
      const service = serviceSchema.parse(document);
      if (type === 'DELETED') {
        this.#services.delete(service.metadata.uid);
      } else {
        this.#services.set(service.metadata.uid, service);
      }
      this.#listeners.forEach((listener) => listener());
    }
  }

  published(): readonly PublishedAddress[] {
    if (this.#ended.signal.aborted) {
      return [];
    }
    const services = [...this.#frontends().keys()].map((key) => {
      const [address = '', port] = key.split(':');
      return { address, port: Number(port), protocol: 'tcp' as const };
    });
    return [{ ...API_ADDRESS, protocol: 'tcp' }, ...services];
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async connect({ address, port }: PublishedAddress): Promise<Duplex> {
    if (this.#ended.signal.aborted) {
      throw networkError('EHOSTUNREACH', address, port);
    }
    if (address === API_ADDRESS.address && port === API_ADDRESS.port) {
      return connectToHost(this.#options.apiServer);
    }
    const frontend = this.#frontends().get(`${address}:${port}`);
    const pods = frontend ? await this.#readyPods(frontend) : [];
    const chosen = pods[this.#turn++ % Math.max(1, pods.length)];
    if (!chosen) {
      throw networkError('ECONNREFUSED', address, port);
    }
    return connectToPod(this.#options.config, chosen);
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#listeners.forEach((listener) => listener());
    this.#listeners.clear();
  }

  /** By `address:port`: cluster IPs, node ports on every node, and load balancers. */
  #frontends(): Map<string, Frontend> {
    const frontends = new Map<string, Frontend>();
    for (const { metadata, spec, status } of this.#services.values()) {
      const balancers = status.loadBalancer.ingress.flatMap(({ ip }) => ip ?? []);
      for (const port of spec.ports.filter(({ protocol }) => protocol === 'TCP')) {
        const frontend = { service: metadata.name, port };
        for (const address of [spec.clusterIP, ...balancers].filter(isAddress)) {
          frontends.set(`${address}:${port.port}`, frontend);
        }
        for (const node of port.nodePort === undefined ? [] : this.#options.nodes) {
          frontends.set(`${node}:${port.nodePort}`, frontend);
        }
      }
    }
    return frontends;
  }

  async #readyPods({ service, port }: Frontend): Promise<PodPort[]> {
    const { namespace, state } = this.#options;
    // Endpoints are served by every version; EndpointSlices have changed theirs.
    const query = { platform: 'kubernetes', apiVersion: 'v1', kind: 'Endpoints', namespace, name: service } as const;
    const [document] = await state.read(query, this.#ended.signal);
    const { subsets } = endpointsSchema.parse(document ?? {});
    return subsets.flatMap(({ addresses, ports }) => {
      const target = ports.find(({ name }) => (name ?? '') === (port.name ?? ''));
      const pods = addresses.flatMap(({ targetRef }) => (targetRef?.kind === 'Pod' ? targetRef.name : []));
      return target ? pods.map((pod) => ({ namespace, pod, port: target.port })) : [];
    });
  }
}

/** Neither none (headless) nor a name. */
function isAddress(text: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(text);
}

function networkError(code: string, address: string, port: number): Error {
  return Object.assign(new Error(`connect ${code} ${address}:${port}`), { code });
}

function connectToHost({ host, port }: { host: string; port: number }): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}
