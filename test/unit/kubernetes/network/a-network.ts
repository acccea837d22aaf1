// A cluster network over an in-memory cluster, with listeners where pods would be.
import { ManualClock } from '../../../../lab-server/base/index.ts';
import { kindRef } from '../../../../lab-server/embedded/kubernetes/cluster-client.ts';
import { type ClusterNetwork, createClusterNetwork } from '../../../../lab-server/embedded/kubernetes/network/index.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { SimulatedNetwork } from '../../../../lab-server/embedded/runtime/network/network.ts';
import { isNetworkError } from '../../../../lab-server/embedded/runtime/network/network-error.ts';
import type { NetworkEndpoint } from '../../../../lab-server/embedded/runtime/runtime.ts';
import { MemoryClusterClient } from '../memory-cluster-client.ts';

export const SERVICE = kindRef<Service>('v1', 'Service');
export const POD = kindRef<Pod>('v1', 'Pod');
export const SLICE = kindRef<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice');
const NODE = kindRef<Node>('v1', 'Node');

export interface TestEndpoint {
  address: string;
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
  nodeName?: string;
  hostname?: string;
}

export class TestNetwork implements Disposable {
  readonly clock = new ManualClock();
  readonly client = new MemoryClusterClient(this.clock);
  readonly network = new SimulatedNetwork({ clock: this.clock });
  readonly cluster: ClusterNetwork;
  readonly endpoints = new Map<string, NetworkEndpoint>();

  constructor() {
    this.cluster = createClusterNetwork({
      client: this.client,
      clock: this.clock,
      network: this.network,
      apiServer: { address: '192.168.49.2', port: 8443 },
    });
    this.node('minikube', '192.168.49.2');
  }

  node(name: string, address: string): void {
    this.client.create(NODE, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { addresses: [{ type: 'InternalIP', address }] },
    });
    this.endpoints.set(address, this.network.attach(address));
  }

  /** A pod with this address that listens on `port` and answers with its own name. */
  pod(
    name: string,
    address: string,
    options: { port?: number; labels?: Record<string, string>; namespace?: string; node?: string } = {},
  ): void {
    const { port = 8080, labels = {}, namespace = 'default', node = 'minikube' } = options;
    this.client.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels },
      spec: { nodeName: node, containers: [{ name: 'main', image: 'x', ports: [{ containerPort: port }] }] },
      status: { phase: 'Running', podIP: address },
    });
    const endpoint = this.network.attach(address, {
      searchDomains: [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'],
    });
    endpoint.listen(port, (connection) => connection.end(name));
    this.endpoints.set(address, endpoint);
  }

  service(name: string, spec: Partial<NonNullable<Service['spec']>>, status: Service['status'] = {}): void {
    this.client.create(SERVICE, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: { type: 'ClusterIP', ports: [{ port: 80, targetPort: 8080 }], ...spec },
      status,
    });
  }

  slice(service: string, endpoints: readonly TestEndpoint[], port = 8080): void {
    const existing = this.client.get(SLICE, 'default', `${service}-abcde`);
    const content = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${service}-abcde`, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      ports: [{ name: '', port, protocol: 'TCP' }],
      endpoints: endpoints.map(({ address, ready = true, serving = ready, terminating = false, nodeName = 'minikube', hostname }) => ({
        addresses: [address],
        nodeName,
        ...(hostname === undefined ? {} : { hostname }),
        conditions: { ready, serving, terminating },
      })),
    };
    if (existing) {
      this.client.update(SLICE, { ...existing, ...content, metadata: existing.metadata });
    } else {
      this.client.create(SLICE, content);
    }
  }

  /** Who answers there, or the code of the failure. */
  async ask(from: string, address: string, port: number): Promise<string> {
    await this.clock.advance(0);
    const client = this.endpoints.get(from);
    const connecting = client ? client.connect(address, port) : this.network.connect(from, address, port);
    const answer = connecting.then(
      async (connection) => {
        let text = '';
        for await (const chunk of connection) {
          text += String(chunk);
        }
        return text;
      },
      (error: unknown) => (isNetworkError(error) ? error.code : String(error)),
    );
    await this.clock.advance(200_000);
    return answer;
  }

  async resolve(from: string, name: string): Promise<readonly string[]> {
    await this.clock.advance(0);
    return this.endpoints.get(from)?.resolve(name) ?? [];
  }

  [Symbol.dispose](): void {
    this.cluster[Symbol.dispose]();
    this.network.close();
  }
}
