// Makes the addresses that a lab's sandboxes publish reachable from the workspace: each is a listening socket inside the workspace's
// network, whose connections are passed on to the sandbox. Every other address refuses.
import type { Duplex } from 'node:stream';
import { messageOf } from '../../base/index.ts';
import type { PublishedAddress, SandboxNetwork } from '../../sandboxes/sandbox.ts';
import { reset, type Door, type Doors } from './doors.ts';
import { answer, lookupIn } from './name-server.ts';

/** Where the workspace's resolv.conf points. */
export const NAME_SERVER = '127.0.0.1';
const NAME_SERVER_PORT = 53;
/** Connections of one lab at a time; more are refused. */
const MAX_CONNECTIONS = 1024;
/** A Service with its endpoints changes several addresses in a row. */
const SETTLE_MS = 10;

export interface NetworkRelayOptions {
  /** The way into the workspace's network; it is closed with the relay. */
  doors: Doors;
  networks: readonly SandboxNetwork[];
  /** Host names with their addresses, wildcards included. */
  hosts: Record<string, string>;
  warn(message: string): void;
}

interface Listener {
  network: SandboxNetwork;
  target: PublishedAddress;
  /** Undefined while the binder works on it. */
  door: Door | undefined;
}

export class NetworkRelay implements AsyncDisposable {
  readonly #options: NetworkRelayOptions;
  readonly #listeners = new Map<string, Listener>();
  /** Addresses that are being bound. */
  readonly #binding = new Map<string, Promise<void>>();
  readonly #connections = new Set<{ connection: Duplex; key: string }>();
  readonly #subscriptions: Disposable[] = [];
  readonly #doors: Doors;
  #timer: NodeJS.Timeout | undefined;
  #nameServer: Door | undefined;
  #isClosed = false;

  constructor(options: NetworkRelayOptions) {
    this.#options = options;
    this.#doors = options.doors;
  }

  /** Resolves when everything that is published now can be reached. */
  async start(): Promise<void> {
    for (const network of this.#options.networks) {
      this.#subscriptions.push(network.onChange(() => this.#scheduleUpdate()));
    }
    await Promise.all([this.#update(), this.#serveNames()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) {
      subscription[Symbol.dispose]();
    }
    for (const key of this.#listeners.keys()) {
      this.#unbind(key);
    }
    this.#nameServer?.close();
    await this.#doors[Symbol.asyncDispose]();
  }

  #scheduleUpdate(): void {
    if (!this.#isClosed) {
      this.#timer ??= setTimeout(() => void this.#update(), SETTLE_MS);
    }
  }

  async #update(): Promise<void> {
    this.#timer = undefined;
    const wanted = new Map<string, { network: SandboxNetwork; target: PublishedAddress }>();
    for (const network of this.#options.networks) {
      for (const target of network.published()) {
        if (target.protocol === 'tcp') {
          wanted.set(keyOf(target), { network, target });
        }
      }
    }
    for (const key of this.#listeners.keys()) {
      if (!wanted.has(key)) {
        this.#unbind(key);
      }
    }
    const missing = [...wanted].filter(([key]) => !this.#listeners.has(key));
    for (const [key, entry] of missing) {
      this.#listeners.set(key, { ...entry, door: undefined });
    }
    try {
      await Promise.all(missing.map(([key, { target }]) => this.#bind(key, target)));
    } catch (error) {
      if (!this.#isClosed) {
        this.#options.warn(`Addresses of the sandbox are not reachable from the workspace: ${messageOf(error)}`);
      }
    }
  }

  async #serveNames(): Promise<void> {
    const known = lookupIn(this.#options.hosts);
    const lookup = async (name: string): Promise<string | undefined> => {
      const address = known(name);
      if (address !== undefined) {
        return address;
      }
      for (const network of this.#options.networks) {
        const found = await network.resolve?.(name);
        if (found !== undefined) {
          return found;
        }
      }
      return undefined;
    };
    try {
      const door = await this.#doors.serveNames(NAME_SERVER, NAME_SERVER_PORT, (message) => answer(message, lookup));
      if (this.#isClosed) {
        door.close();
        return;
      }
      this.#nameServer = door;
    } catch (error) {
      if (!this.#isClosed) {
        this.#options.warn(`Names of the sandbox do not resolve in the workspace: ${messageOf(error)}`);
      }
    }
  }

  /** One at a time for an address: it may be taken back and published again while it is being bound. */
  #bind(key: string, target: PublishedAddress): Promise<void> {
    const running = this.#binding.get(key);
    if (running) {
      return running;
    }
    const binding = this.#open(key, target);
    this.#binding.set(key, binding);
    return binding;
  }

  async #open(key: string, target: PublishedAddress): Promise<void> {
    try {
      const door = await this.#doors.listen(target.address, target.port, {
        connection: (connection) => this.#onConnection(key, connection),
        error: (error) => this.#options.warn(`The address ${key} of the sandbox failed: ${error.message}`),
      });
      const listener = this.#listeners.get(key);
      if (listener && !this.#isClosed) {
        listener.door = door;
      } else {
        door.close();
      }
    } catch (error) {
      this.#listeners.delete(key);
      throw error;
    } finally {
      this.#binding.delete(key);
    }
  }

  #unbind(key: string): void {
    this.#listeners.get(key)?.door?.close();
    this.#listeners.delete(key);
    for (const open of this.#connections) {
      if (open.key === key) {
        open.connection.destroy();
      }
    }
  }

  #onConnection(key: string, connection: Duplex): void {
    // A connection's error always comes with its close, which is handled below.
    connection.on('error', () => undefined);
    const listener = this.#listeners.get(key);
    if (!listener || this.#connections.size >= MAX_CONNECTIONS) {
      reset(connection);
      return;
    }
    const open = { connection, key };
    this.#connections.add(open);
    connection.once('close', () => this.#connections.delete(open));
    listener.network.connect(listener.target).then(
      (sandbox) => join(connection, sandbox),
      () => reset(connection),
    );
  }
}

/** Passes bytes both ways; the end of one direction is passed on, an abrupt end of one side ends the other abruptly. */
function join(connection: Duplex, sandbox: Duplex): void {
  sandbox.on('error', () => reset(connection));
  sandbox.once('close', () => {
    if (!connection.writableEnded) {
      connection.destroy();
    }
  });
  connection.once('close', () => sandbox.destroy());
  if (connection.destroyed) {
    sandbox.destroy();
    return;
  }
  connection.pipe(sandbox);
  sandbox.pipe(connection);
}

function keyOf(target: PublishedAddress): string {
  return `${target.protocol} ${target.address}:${target.port}`;
}
