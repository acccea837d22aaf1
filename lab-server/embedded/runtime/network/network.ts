// The simulated network: endpoints by address, routers that redirect or refuse, name services, and the way in from outside.
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../base/index.ts';
import type { NameService, Network, NetworkEndpoint, Router } from '../runtime.ts';
import { createConnectionPair } from './connection-pair.ts';
import { Endpoint } from './endpoint.ts';
import { NetworkError } from './network-error.ts';
import { EphemeralPorts } from './ephemeral-ports.ts';

/** A redirect may itself be redirected (node port, then service, then pod); more hops than this is a loop. */
const MAX_HOPS = 8;

export interface NetworkOptions {
  clock: Clock;
  /** How long an address that nobody has is asked for (Linux gives up on ARP after three seconds). */
  unreachableAfterMs?: number;
  /** How long a dropped connection attempt lasts (Linux: six SYN retries, 127 s). */
  connectTimeoutMs?: number;
}

export class SimulatedNetwork implements Network {
  readonly #clock: Clock;
  readonly #unreachableAfterMs: number;
  readonly #connectTimeoutMs: number;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #routers = new Set<Router>();
  readonly #nameServices = new Set<NameService>();
  readonly #listeningListeners = new Set<(address: string) => void>();
  readonly #outsidePorts = new EphemeralPorts();

  constructor(options: NetworkOptions) {
    this.#clock = options.clock;
    this.#unreachableAfterMs = options.unreachableAfterMs ?? 3_000;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 127_000;
  }

  attach(address: string, options: { searchDomains?: readonly string[]; hosts?: Readonly<Record<string, string>> } = {}): NetworkEndpoint {
    if (this.#endpoints.has(address)) {
      throw new NetworkError('EADDRINUSE', 'attach', address, 0);
    }
    const endpoint = new Endpoint({
      address,
      searchDomains: options.searchDomains ?? [],
      hosts: options.hosts ?? {},
      connect: (from, to, port, signal) => this.#connect(from, to, port, signal),
      lookup: (name) => this.#lookup(name, address),
      onListening: () => this.#tellListening(address),
      detach: () => {
        if (this.#endpoints.get(address) === endpoint) {
          this.#endpoints.delete(address);
        }
      },
    });
    this.#endpoints.set(address, endpoint);
    return endpoint;
  }

  addRouter(router: Router): Disposable {
    this.#routers.add(router);
    return { [Symbol.dispose]: () => void this.#routers.delete(router) };
  }

  addNameService(service: NameService): Disposable {
    this.#nameServices.add(service);
    return { [Symbol.dispose]: () => void this.#nameServices.delete(service) };
  }

  resolve(from: string, name: string): readonly string[] {
    return this.#lookup(name.toLowerCase(), from) ?? [];
  }

  listening(address: string): readonly number[] {
    return this.#endpoints.get(address)?.listeningPorts() ?? [];
  }

  onListening(listener: (address: string) => void): Disposable {
    this.#listeningListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeningListeners.delete(listener) };
  }

  connect(from: string, address: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    return this.#connect({ address: from, port: this.#outsidePorts.next() }, address, port, signal);
  }

  /** Closes every endpoint with its listeners and connections. */
  close(): void {
    for (const endpoint of this.#endpoints.values()) {
      endpoint[Symbol.dispose]();
    }
    this.#routers.clear();
    this.#nameServices.clear();
  }

  #tellListening(address: string): void {
    for (const listener of this.#listeningListeners) {
      listener(address);
    }
  }

  async #connect(from: { address: string; port: number }, address: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    signal?.throwIfAborted();
    const target = this.#route(from.address, address, port);
    if (target === 'drop') {
      await this.#clock.sleep(this.#connectTimeoutMs, signal);
      throw new NetworkError('ETIMEDOUT', 'connect', address, port);
    }
    if (target === 'refuse') {
      throw new NetworkError('ECONNREFUSED', 'connect', address, port);
    }
    const endpoint = this.#endpoints.get(target.address);
    if (!endpoint) {
      await this.#clock.sleep(this.#unreachableAfterMs, signal);
      throw new NetworkError('EHOSTUNREACH', 'connect', address, port);
    }
    const accept = endpoint.listener(target.port);
    if (!accept) {
      throw new NetworkError('ECONNREFUSED', 'connect', address, port);
    }
    const pair = createConnectionPair(from, target);
    this.#endpoints.get(from.address)?.adopt(pair.client);
    endpoint.adopt(pair.server);
    accept(pair.server, from);
    return pair.client;
  }

  #route(from: string, address: string, port: number): { address: string; port: number } | 'refuse' | 'drop' {
    let target = { address, port };
    for (let hop = 0; hop < MAX_HOPS; hop += 1) {
      const answer = this.#ask(from, target);
      if (answer === undefined) {
        return target;
      }
      if (typeof answer === 'string') {
        return answer;
      }
      if (answer.to.address === target.address && answer.to.port === target.port) {
        return target;
      }
      target = answer.to;
    }
    return 'drop';
  }

  #ask(from: string, target: { address: string; port: number }): ReturnType<Router['route']> {
    for (const router of this.#routers) {
      const answer = router.route({ from, ...target });
      if (answer !== undefined) {
        return answer;
      }
    }
    return undefined;
  }

  #lookup(name: string, from: string): readonly string[] | undefined {
    for (const service of this.#nameServices) {
      const addresses = service.resolve(name, from);
      if (addresses !== undefined) {
        return addresses;
      }
    }
    return undefined;
  }
}
