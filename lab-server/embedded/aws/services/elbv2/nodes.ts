// The nodes of one balancer: an address in each subnet, listening on the ports of its listeners.
import type { Duplex } from 'node:stream';
import type { NetworkEndpoint } from '../../../runtime/runtime.ts';
import { ec2Tables } from '../ec2/state.ts';
import { scopeKey } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { HttpFront } from './http-front.ts';
import { groupsOfActions, listenersOfBalancer, rulesOfListener, scopeOfArn, type Listener, type LoadBalancer } from './state.ts';
import { forwardConnection } from './tcp-front.ts';
import type { ElbWorld } from './world.ts';

interface Node {
  networkInterfaceId: string;
  endpoint: NetworkEndpoint;
  ports: Map<number, { listening: Disposable; listenerArn: string }>;
}

export class BalancerNodes implements Disposable {
  readonly #context: AwsContext;
  readonly #world: ElbWorld;
  readonly #nodes = new Map<string, Node>();
  readonly #front: HttpFront;
  #balancer: LoadBalancer | undefined;

  constructor(context: AwsContext, world: ElbWorld) {
    this.#context = context;
    this.#world = world;
    this.#front = new HttpFront(context, world);
  }

  get name(): string {
    return this.#balancer?.DNSName?.toLowerCase() ?? '';
  }

  /** Makes the nodes what the balancer's record says. */
  follow(balancer: LoadBalancer): void {
    this.#balancer = balancer;
    const wanted = new Set(balancer.nodes.map((node) => node.networkInterfaceId));
    for (const [id, node] of this.#nodes) {
      if (!wanted.has(id)) {
        this.#close(node);
      }
    }
    for (const id of wanted) {
      if (!this.#nodes.has(id)) {
        this.#open(id);
      }
    }
    const listeners = listenersOfBalancer(this.#context.tables, balancer.LoadBalancerArn ?? '');
    for (const node of this.#nodes.values()) {
      this.#listen(node, listeners);
    }
  }

  /** Whether a listener or rule of the balancer forwards to the group. */
  forwardsTo(groupArn: string): boolean {
    return listenersOfBalancer(this.#context.tables, this.#balancer?.LoadBalancerArn ?? '').some(
      (listener) =>
        groupsOfActions(listener.DefaultActions).includes(groupArn) ||
        rulesOfListener(this.#context.tables, listener.ListenerArn ?? '').some((rule) => groupsOfActions(rule.Actions).includes(groupArn)),
    );
  }

  anyEndpoint(): NetworkEndpoint | undefined {
    return this.#nodes.values().next().value?.endpoint;
  }

  /** What the balancer's name resolves to. */
  addresses(): string[] {
    const scope = scopeOfArn(this.#balancer?.LoadBalancerArn ?? '');
    return (this.#balancer?.nodes ?? []).flatMap((node) => {
      const eni = ec2Tables(this.#context.tables).networkInterfaces.get(scopeKey(scope, node.networkInterfaceId));
      const address = eni?.Association?.PublicIp ?? eni?.PrivateIpAddress;
      return address === undefined ? [] : [address];
    });
  }

  [Symbol.dispose](): void {
    for (const node of this.#nodes.values()) {
      this.#close(node);
    }
    this.#front[Symbol.dispose]();
  }

  #open(networkInterfaceId: string): void {
    const scope = scopeOfArn(this.#balancer?.LoadBalancerArn ?? '');
    const address = ec2Tables(this.#context.tables).networkInterfaces.get(scopeKey(scope, networkInterfaceId))?.PrivateIpAddress;
    if (address !== undefined) {
      this.#nodes.set(networkInterfaceId, {
        networkInterfaceId,
        endpoint: this.#context.runtime.network.attach(address),
        ports: new Map(),
      });
    }
  }

  #close(node: Node): void {
    node.endpoint[Symbol.dispose]();
    this.#nodes.delete(node.networkInterfaceId);
  }

  #listen(node: Node, listeners: readonly Listener[]): void {
    const wanted = new Map(listeners.map((listener) => [listener.Port ?? 0, listener.ListenerArn ?? '']));
    for (const [port, { listening, listenerArn }] of node.ports) {
      if (wanted.get(port) !== listenerArn) {
        listening[Symbol.dispose]();
        node.ports.delete(port);
      }
    }
    for (const [port, listenerArn] of wanted) {
      if (!node.ports.has(port) && port > 0) {
        const listening = node.endpoint.listen(port, (connection) => this.#accept(connection, listenerArn, node.endpoint));
        node.ports.set(port, { listening, listenerArn });
      }
    }
  }

  #accept(connection: Duplex, listenerArn: string, endpoint: NetworkEndpoint): void {
    if (this.#balancer?.Type === 'application') {
      this.#front.accept(connection, { listenerArn, endpoint });
    } else {
      void forwardConnection(connection, { listenerArn, endpoint, context: this.#context, world: this.#world });
    }
  }
}
