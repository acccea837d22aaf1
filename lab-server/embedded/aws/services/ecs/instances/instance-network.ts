// The network of one container instance: its own address for tasks in host mode, and host ports that lead to containers in bridge mode.
import type { NetworkEndpoint } from '../../../../runtime/runtime.ts';
import type { AwsContext } from '../../service.ts';
import type { Container, ContainerDefinition } from '../state.ts';
import { bridgeEndpoint } from '../tasks/network.ts';

/** Where Docker takes host ports from when a mapping names none (Linux's ip_local_port_range on the ECS-optimised AMI). */
const FIRST_DYNAMIC_PORT = 32_768;
const LAST_PORT = 60_999;

export interface Bound extends Disposable {
  endpoint: NetworkEndpoint;
  bindings: NonNullable<Container['networkBindings']>;
}

export class InstanceNetwork implements Disposable {
  readonly #context: AwsContext;
  readonly #endpoint: NetworkEndpoint;
  readonly #ports = new Map<number, { address: string; port: number }>();
  readonly #router: Disposable;

  /** Without an address (an instance that EC2 does not have) one of the bridge is taken. */
  constructor(context: AwsContext, known: string | undefined) {
    this.#context = context;
    this.#endpoint = known === undefined ? bridgeEndpoint(context) : context.runtime.network.attach(known);
    const { address } = this.#endpoint;
    this.#router = context.runtime.network.addRouter({
      route: (connection) => {
        const to = connection.address === address ? this.#ports.get(connection.port) : undefined;
        return to && { to };
      },
    });
  }

  /** The network of a container on this instance. Host ports are taken until the result is disposed. */
  bind(container: ContainerDefinition, mode: string | undefined): Bound {
    const mappings = container.portMappings ?? [];
    if (mode === 'host') {
      const bindings = mappings.map(({ containerPort, protocol }) => bindingOf(containerPort ?? 0, containerPort ?? 0, protocol));
      return { endpoint: this.#endpoint, bindings, [Symbol.dispose]: () => undefined };
    }
    const endpoint = bridgeEndpoint(this.#context);
    const taken: number[] = [];
    const bindings = (mode === 'none' ? [] : mappings).map(({ containerPort = 0, hostPort, protocol }) => {
      const port = hostPort || this.#freePort();
      this.#ports.set(port, { address: endpoint.address, port: containerPort });
      taken.push(port);
      return bindingOf(containerPort, port, protocol);
    });
    return {
      endpoint,
      bindings,
      [Symbol.dispose]: () => {
        for (const port of taken) {
          this.#ports.delete(port);
        }
        endpoint[Symbol.dispose]();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#router[Symbol.dispose]();
    this.#endpoint[Symbol.dispose]();
  }

  #freePort(): number {
    for (let port = FIRST_DYNAMIC_PORT; port <= LAST_PORT; port += 1) {
      if (!this.#ports.has(port)) {
        return port;
      }
    }
    throw new Error('no host port is free on the instance');
  }
}

function bindingOf(containerPort: number, hostPort: number, protocol: string | undefined): Bound['bindings'][number] {
  return { bindIP: '0.0.0.0', containerPort, hostPort, protocol: protocol === 'udp' ? 'udp' : 'tcp' };
}
