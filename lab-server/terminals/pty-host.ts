// The lab server's side of the pty host: starts it where none runs, and speaks to it. The host is a process of its own, so that a
// restart of the server ends no shell.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DocksideError } from '../base/index.ts';
import { HostConnection, type Hold, type OpenTerminal } from './host-connection.ts';
import type { PtyCommand } from './host/pty-process.ts';
import type { RemoteTerminal } from './remote-terminal.ts';
import { socketPathFor } from './socket-path.ts';
import type { Terminal } from './terminal.ts';

const HOST_ENTRY = fileURLToPath(new URL('./host/main.ts', import.meta.url));
const START_DEADLINE_MS = 10_000;
const START_RETRY_MS = 15;

export interface PtyHostOptions {
  /** The server's data folder: servers with the same one share a host. */
  dataFolder: string;
  /** How long the host keeps shells alive without any server. */
  graceMs?: number;
  /** Called when the host ended by itself: its terminals are lost, the next request starts a new one. */
  onLost?(): void;
}

export class PtyHost implements AsyncDisposable {
  readonly #options: PtyHostOptions;
  readonly #socketPath: string;
  #connection: Promise<HostConnection> | undefined;

  constructor(options: PtyHostOptions) {
    this.#options = options;
    this.#socketPath = socketPathFor(options.dataFolder);
  }

  /** Starts or finds the host; calling it before the first terminal makes that one open sooner. */
  async start(): Promise<void> {
    await this.#connect();
  }

  /** The host's process id. */
  async processId(): Promise<number> {
    const connection = await this.#connect();
    return connection.pid;
  }

  async open(terminal: OpenTerminal): Promise<Terminal> {
    const connection = await this.#connect();
    return connection.open(terminal);
  }

  /** Terminals of a group, those that ended a moment ago included. */
  async terminals(group: string): Promise<RemoteTerminal[]> {
    const connection = await this.#connect();
    return connection.terminals.filter((terminal) => terminal.group === group);
  }

  /** Shows a line in every terminal of a group. */
  async announce(group: string, text: string): Promise<void> {
    const connection = await this.#connect();
    connection.send({ type: 'announce', group, text });
  }

  /** Starts a held process and waits until it is ready. */
  async hold(id: string, command: PtyCommand): Promise<Hold> {
    const connection = await this.#connect();
    return connection.hold(id, command);
  }

  /** The held process that runs under `id`, from before a restart of the server for example. */
  async held(id: string): Promise<Hold | undefined> {
    const connection = await this.#connect();
    return connection.held(id);
  }

  /** Ends a held process; resolves when it is gone. */
  async release(id: string): Promise<void> {
    const connection = await this.#connect();
    await connection.request({ type: 'release', request: 0, id });
  }

  /** Ends the host and everything in it. Starts none where none runs. */
  async shutdown(): Promise<void> {
    const connection = (await this.#connection?.catch(() => undefined)) ?? (await this.#tryConnect());
    if (connection) {
      connection.shutdown();
      await connection.closed;
    }
  }

  /** Leaves the host; it and its terminals live on. */
  async [Symbol.asyncDispose](): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    connection?.leave();
    await connection?.closed;
  }

  async #connect(): Promise<HostConnection> {
    const present = this.#connection;
    const connection = await present?.catch(() => undefined);
    if (connection?.isOpen) {
      return connection;
    }
    // Of several that find the host gone, the first starts a new one.
    if (this.#connection === present) {
      this.#connection = this.#startAndConnect();
      void this.#connection.then((started) => this.#reportLoss(started)).catch(() => undefined);
    }
    return (await this.#connection) ?? (await this.#connect());
  }

  async #reportLoss(connection: HostConnection): Promise<void> {
    const wasLeft = await connection.closed;
    if (!wasLeft) {
      this.#options.onLost?.();
    }
  }

  async #startAndConnect(): Promise<HostConnection> {
    const running = await this.#tryConnect();
    if (running) {
      return running;
    }
    const startError = this.#spawnHost();
    const deadline = performance.now() + START_DEADLINE_MS;
    for (;;) {
      const connection = await this.#tryConnect();
      if (connection) {
        return connection;
      }
      const failure = startError();
      if (failure !== undefined || performance.now() > deadline) {
        throw new DocksideError(
          'TERMINAL_HOST_FAILED',
          `The process that keeps terminals did not start (${failure ?? 'no answer'}). See ${this.#logPath()}.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, START_RETRY_MS));
    }
  }

  #tryConnect(): Promise<HostConnection | undefined> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#socketPath);
      socket.once('error', () => resolve(undefined));
      socket.once('connect', () => void HostConnection.greet(socket).then(resolve, reject));
    });
  }

  #logPath(): string {
    return join(this.#options.dataFolder, 'pty-host.log');
  }

  /** Returns a function that tells why the host failed, once it did. */
  #spawnHost(): () => string | undefined {
    mkdirSync(this.#options.dataFolder, { recursive: true, mode: 0o700 });
    const log = openSync(this.#logPath(), 'a', 0o600);
    const child = spawn(process.execPath, [HOST_ENTRY, this.#socketPath, String(this.#options.graceMs ?? 5 * 60_000)], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      // Nothing of the server's environment may reach a shell, not even by mistake.
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    closeSync(log);
    let failure: string | undefined;
    child.once('error', (error) => {
      failure = error.message;
    });
    child.once('exit', (exitCode, signal) => {
      // Code 3: another server started one in the same moment, which is as good.
      failure = exitCode === 3 ? undefined : `it ended with ${signal ?? `exit code ${exitCode}`}`;
    });
    child.unref();
    return () => failure;
  }
}
