// One network identity: the listeners of an address, its outgoing connections, and its resolver.
import type { Duplex } from 'node:stream';
import type { NetworkEndpoint } from '../runtime.ts';
import { isAddress, isLoopback, withoutBrackets } from './addresses.ts';
import { createConnectionPair } from './connection-pair.ts';
import { EphemeralPorts } from './ephemeral-ports.ts';
import { NetworkError } from './network-error.ts';

/** Names with fewer dots are tried with the search domains first (`options ndots:5`, what pods and tasks have). */
const NDOTS = 5;

type Accept = (connection: Duplex, from: { address: string; port: number }) => void;

export interface EndpointOptions {
  address: string;
  searchDomains: readonly string[];
  hosts: Readonly<Record<string, string>>;
  connect(from: { address: string; port: number }, address: string, port: number, signal?: AbortSignal): Promise<Duplex>;
  /** Undefined when no name service knows the name. */
  lookup(name: string): readonly string[] | undefined;
  /** Called when a port begins or ceases to be listened on. */
  onListening(): void;
  detach(): void;
}

export class Endpoint implements NetworkEndpoint {
  readonly address: string;
  readonly #options: EndpointOptions;
  readonly #listeners = new Map<number, Accept>();
  readonly #connections = new Set<Duplex>();
  readonly #ports = new EphemeralPorts();
  #closed = false;

  constructor(options: EndpointOptions) {
    this.address = options.address;
    this.#options = options;
  }

  listen(port: number, accept: Accept): Disposable {
    if (this.#closed || this.#listeners.has(port)) {
      throw new NetworkError('EADDRINUSE', 'listen', '0.0.0.0', port);
    }
    this.#listeners.set(port, accept);
    this.#options.onListening();
    return {
      [Symbol.dispose]: () => {
        if (this.#listeners.get(port) === accept) {
          this.#listeners.delete(port);
          this.#options.onListening();
        }
      },
    };
  }

  async connect(address: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    if (this.#closed) {
      throw new NetworkError('EHOSTUNREACH', 'connect', address, port);
    }
    const host = withoutBrackets(address);
    if (isLoopback(host)) {
      return this.#connectToSelf(host, port);
    }
    return this.#options.connect({ address: this.address, port: this.#ports.next() }, host, port, signal);
  }

  async resolve(name: string): Promise<readonly string[]> {
    const host = withoutBrackets(name);
    if (isAddress(host)) {
      return [host];
    }
    const wanted = host.toLowerCase();
    const fromHosts = this.#options.hosts[wanted] ?? (wanted === 'localhost' ? '127.0.0.1' : undefined);
    if (fromHosts !== undefined) {
      return [fromHosts];
    }
    for (const candidate of this.#candidates(wanted)) {
      const addresses = this.#options.lookup(candidate);
      if (addresses !== undefined && addresses.length > 0) {
        return addresses;
      }
    }
    return [];
  }

  listeningPorts(): readonly number[] {
    return [...this.#listeners.keys()].sort((left, right) => left - right);
  }

  /** The listener of a port; used by the network to hand over a connection. */
  listener(port: number): Accept | undefined {
    return this.#listeners.get(port);
  }

  /** Ties a connection to this endpoint's life: when the endpoint goes away, so does the connection. */
  adopt(connection: Duplex): void {
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
  }

  [Symbol.dispose](): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#listeners.clear();
    for (const connection of this.#connections) {
      connection.destroy();
    }
    this.#connections.clear();
    this.#options.detach();
    this.#options.onListening();
  }

  #connectToSelf(host: string, port: number): Duplex {
    const accept = this.#listeners.get(port);
    if (!accept) {
      throw new NetworkError('ECONNREFUSED', 'connect', host, port);
    }
    const from = { address: host, port: this.#ports.next() };
    const pair = createConnectionPair(from, { address: host, port });
    this.adopt(pair.client);
    this.adopt(pair.server);
    accept(pair.server, from);
    return pair.client;
  }

  /** The order in which a resolver asks: a trailing dot means the name as it is; few dots mean search domains first. */
  #candidates(name: string): string[] {
    if (name.endsWith('.')) {
      return [name.slice(0, -1)];
    }
    const searched = this.#options.searchDomains.map((domain) => `${name}.${domain}`);
    const dots = name.split('.').length - 1;
    return dots >= NDOTS ? [name, ...searched] : [...searched, name];
  }
}
