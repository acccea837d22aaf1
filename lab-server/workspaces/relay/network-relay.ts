// Makes the addresses that a lab's sandboxes publish reachable from the workspace: each is a listening socket inside the workspace's
// network namespace, owned by the server, whose connections are passed on to the sandbox. Every other address refuses.
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../base/index.ts';
import type { PublishedAddress, SandboxNetwork } from '../../sandboxes/sandbox.ts';
import { Binder } from './binder-process.ts';
import { lookupIn, NameServer } from './name-server.ts';

/** Where the workspace's resolv.conf points. */
export const NAME_SERVER = '127.0.0.1';
const NAME_SERVER_PORT = 53;
/** Connections of one lab at a time; more are refused. */
const MAX_CONNECTIONS = 1024;
/** A Service with its endpoints changes several addresses in a row. */
const SETTLE_MS = 10;

export interface NetworkRelayOptions {
  /** The command prefix that runs a program in the workspace's network. */
  enter: readonly string[];
  networks: readonly SandboxNetwork[];
  /** Host names with their addresses, wildcards included. */
  hosts: Record<string, string>;
  warn(message: string): void;
}

interface Listener {
  network: SandboxNetwork;
  target: PublishedAddress;
  /** Undefined while the binder works on it. */
  server: Server | undefined;
}

export class NetworkRelay implements AsyncDisposable {
  readonly #options: NetworkRelayOptions;
  readonly #listeners = new Map<string, Listener>();
  readonly #connections = new Set<{ socket: Socket; key: string }>();
  readonly #subscriptions: Disposable[] = [];
  readonly #binder: Binder;
  #timer: NodeJS.Timeout | undefined;
  #nameServer: NameServer | undefined;
  #isClosed = false;

  constructor(options: NetworkRelayOptions) {
    this.#options = options;
    this.#binder = new Binder(options.enter);
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
    this.#nameServer?.[Symbol.dispose]();
    await this.#binder[Symbol.asyncDispose]();
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
      this.#listeners.set(key, { ...entry, server: undefined });
    }
    try {
      await Promise.all(missing.map(([key]) => this.#bind(key)));
    } catch (error) {
      if (!this.#isClosed) {
        this.#options.warn(`Addresses of the sandbox are not reachable from the workspace: ${messageOf(error)}`);
      }
    }
  }

  async #serveNames(): Promise<void> {
    const known = lookupIn(this.#options.hosts);
    try {
      const socket = await this.#binder.bindUdp(NAME_SERVER, NAME_SERVER_PORT);
      if (this.#isClosed) {
        socket.close();
        return;
      }
      this.#nameServer = new NameServer(socket, async (name) => {
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
      });
    } catch (error) {
      if (!this.#isClosed) {
        this.#options.warn(`Names of the sandbox do not resolve in the workspace: ${messageOf(error)}`);
      }
    }
  }

  async #bind(key: string): Promise<void> {
    const listener = this.#listeners.get(key);
    if (!listener) {
      return;
    }
    try {
      const server = await this.#binder.bindTcp(listener.target.address, listener.target.port);
      // It may have been unpublished while it was bound.
      if (this.#listeners.get(key) !== listener || this.#isClosed) {
        server.close();
        return;
      }
      listener.server = server;
      server.on('connection', (socket) => this.#onConnection(key, listener, socket));
      server.on('error', (error) => this.#options.warn(`The address ${key} of the sandbox failed: ${error.message}`));
    } catch (error) {
      if (this.#listeners.get(key) === listener) {
        this.#listeners.delete(key);
      }
      throw error;
    }
  }

  #unbind(key: string): void {
    this.#listeners.get(key)?.server?.close();
    this.#listeners.delete(key);
    for (const connection of this.#connections) {
      if (connection.key === key) {
        connection.socket.destroy();
      }
    }
  }

  #onConnection(key: string, listener: Listener, socket: Socket): void {
    // A socket's error always comes with its close, which is handled below.
    socket.on('error', () => undefined);
    if (this.#connections.size >= MAX_CONNECTIONS) {
      socket.resetAndDestroy();
      return;
    }
    const connection = { socket, key };
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    socket.setNoDelay(true);
    listener.network.connect(listener.target).then(
      (sandbox) => join(socket, sandbox),
      () => socket.resetAndDestroy(),
    );
  }
}

/** Passes bytes both ways; the end of one direction is passed on, an abrupt end of one side ends the other abruptly. */
function join(socket: Socket, sandbox: Duplex): void {
  sandbox.on('error', () => socket.resetAndDestroy());
  sandbox.once('close', () => {
    if (!socket.writableEnded) {
      socket.destroy();
    }
  });
  socket.once('close', () => sandbox.destroy());
  if (socket.destroyed) {
    sandbox.destroy();
    return;
  }
  socket.pipe(sandbox);
  sandbox.pipe(socket);
}

function keyOf(target: PublishedAddress): string {
  return `${target.protocol} ${target.address}:${target.port}`;
}
