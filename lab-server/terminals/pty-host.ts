// The lab server's side of the pty host: starts it where none runs, and speaks to it. The host is a process of its own, so that a
// restart of the server ends no shell.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DocksideError, messageOf } from '../base/index.ts';
import type { PtyCommand } from './host/pty-process.ts';
import { encodeMessage, fromHostSchema, WIRE_VERSION, WireDecoder, type FromHost, type ToHost, type WireFrame } from './host/wire.ts';
import { RemoteTerminal } from './remote-terminal.ts';
import type { Terminal, TerminalSize } from './terminal.ts';

const HOST_ENTRY = fileURLToPath(new URL('./host/main.ts', import.meta.url));
/** Longest path of a Unix socket that every system takes. */
const MAX_SOCKET_PATH = 100;
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

export interface OpenTerminal {
  id: string;
  /** Names what the terminal belongs to (the lab). */
  group: string;
  command: PtyCommand;
  size: TerminalSize;
}

/** A process that the host keeps alive for a workspace. */
export interface Hold {
  /** What it printed when it was ready. */
  ready: string;
  /** Resolves with the reason when it has ended. */
  ended: Promise<string>;
}

interface Request {
  resolve(message: FromHost): void;
  reject(error: Error): void;
}

export class PtyHost implements AsyncDisposable {
  readonly #options: PtyHostOptions;
  readonly #socketPath: string;
  #connection: Promise<Connection> | undefined;

  constructor(options: PtyHostOptions) {
    this.#options = options;
    this.#socketPath = socketPathFor(options.dataFolder);
  }

  /** Starts or finds the host; calling it before the first terminal makes that one open sooner. */
  async start(): Promise<void> {
    await this.#connect();
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

  #connect(): Promise<Connection> {
    if (!this.#connection) {
      const connecting = this.#startAndConnect();
      this.#connection = connecting;
      connecting.then(
        (connection) =>
          void connection.closed.then((left) => {
            if (this.#connection === connecting) {
              this.#connection = undefined;
            }
            if (!left) {
              this.#options.onLost?.();
            }
          }),
        () => {
          this.#connection = undefined;
        },
      );
    }
    return this.#connection;
  }

  async #startAndConnect(): Promise<Connection> {
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

  #tryConnect(): Promise<Connection | undefined> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#socketPath);
      socket.once('error', () => resolve(undefined));
      socket.once('connect', () => void Connection.greet(socket).then(resolve, reject));
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

/** One connection to a running host. */
class Connection {
  /** Resolves when the connection has ended: with true when this side left it. */
  readonly closed: Promise<boolean>;
  readonly #socket: Socket;
  readonly #terminals = new Map<number, RemoteTerminal>();
  readonly #holds = new Map<string, Hold & { resolveEnded(reason: string): void }>();
  readonly #requests = new Map<number, Request>();
  readonly #readers = new Map<number, RemoteTerminal>();
  #lastRequest = 0;
  #lastReader = 0;
  #left = false;
  #onHello: ((hello: Extract<FromHost, { type: 'hello' }>) => void) | undefined;

  /** Waits for the host's greeting, which lists what runs in it. */
  static async greet(socket: Socket): Promise<Connection> {
    const connection = new Connection(socket);
    const hello = await new Promise<Extract<FromHost, { type: 'hello' }> | undefined>((resolve) => {
      connection.#onHello = resolve;
      void connection.closed.then(() => resolve(undefined));
    });
    if (!hello || hello.version !== WIRE_VERSION) {
      socket.destroy();
      throw new DocksideError(
        'TERMINAL_HOST_VERSION',
        `The process that keeps terminals (pid ${hello?.pid ?? 'unknown'}) belongs to another version of Dockside. End it, then start again.`,
      );
    }
    return connection;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    const decoder = new WireDecoder();
    socket.on('data', (chunk) => {
      try {
        decoder.push(chunk, (frame) => this.#onFrame(frame));
      } catch (error) {
        socket.destroy(new Error(messageOf(error), { cause: error }));
      }
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#onClose();
        resolve(this.#left);
      });
    });
  }

  get terminals(): RemoteTerminal[] {
    return [...this.#terminals.values()];
  }

  leave(): void {
    this.#left = true;
    this.#socket.end();
  }

  shutdown(): void {
    this.#left = true;
    this.send({ type: 'shutdown' });
  }

  send(message: ToHost): void {
    this.#socket.write(encodeMessage(message));
  }

  /** Sends a message that is answered; its `request` number is filled in. */
  request(message: Extract<ToHost, { request: number }>): Promise<FromHost> {
    const request = ++this.#lastRequest;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(hostLost());
        return;
      }
      this.#requests.set(request, { resolve, reject });
      this.send({ ...message, request });
    });
  }

  async open({ id, group, command, size }: OpenTerminal): Promise<Terminal> {
    const answer = await this.request({ type: 'open', request: 0, id, group, command: copyOf(command), ...size });
    if (answer.type !== 'opened') {
      throw new TypeError(`the host answered ${answer.type} to a request to open a terminal`);
    }
    return this.#terminals.get(answer.terminal.number) ?? this.#addTerminal(answer.terminal);
  }

  async hold(id: string, command: PtyCommand): Promise<Hold> {
    const answer = await this.request({ type: 'hold', request: 0, id, command: copyOf(command) });
    if (answer.type !== 'held') {
      throw new TypeError(`the host answered ${answer.type} to a request to hold a process`);
    }
    return this.#holds.get(id) ?? this.#addHold(id, answer.ready);
  }

  held(id: string): Hold | undefined {
    return this.#holds.get(id);
  }

  #addTerminal(description: Extract<FromHost, { type: 'opened' }>['terminal']): RemoteTerminal {
    const terminal = new RemoteTerminal(description, {
      send: (message) => this.send(message),
      write: (pieces) => this.#write(pieces),
      addReader: (owner) => {
        const reader = ++this.#lastReader;
        this.#readers.set(reader, owner);
        return reader;
      },
      removeReader: (reader) => void this.#readers.delete(reader),
    });
    this.#terminals.set(description.number, terminal);
    return terminal;
  }

  #addHold(id: string, ready: string): Hold {
    const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<string>();
    const hold = { ready, ended, resolveEnded };
    this.#holds.set(id, hold);
    return hold;
  }

  #write(pieces: readonly Buffer[]): void {
    this.#socket.cork();
    for (const piece of pieces) {
      this.#socket.write(piece);
    }
    this.#socket.uncork();
  }

  #onFrame(frame: WireFrame): void {
    if (frame.kind === 'output') {
      this.#readers.get(frame.reader)?.handleOutput(frame.reader, frame.sequence, frame.data);
    } else if (frame.kind === 'message') {
      this.#onMessage(fromHostSchema.parse(frame.json));
    }
  }

  #onMessage(message: FromHost): void {
    switch (message.type) {
      case 'hello':
        // At once, so that an exit that follows in the same moment finds its terminal.
        message.terminals.forEach((description) => this.#addTerminal(description));
        message.held.forEach(({ id, ready }) => this.#addHold(id, ready));
        this.#onHello?.(message);
        break;
      case 'opened':
        this.#addTerminal(message.terminal);
        this.#answer(message.request, message);
        break;
      case 'held':
      case 'released':
        this.#answer(message.request, message);
        break;
      case 'failed': {
        const request = this.#requests.get(message.request);
        this.#requests.delete(message.request);
        request?.reject(new DocksideError('TERMINAL_START_FAILED', `The shell could not be started: ${message.message}.`));
        break;
      }
      case 'exited':
        this.#terminals
          .get(message.terminal)
          ?.handleExit({ exitCode: message.exitCode, ...(message.signal ? { signal: message.signal } : {}) }, message.end);
        break;
      case 'resized':
        this.#terminals.get(message.terminal)?.handleResize({ cols: message.cols, rows: message.rows });
        break;
      case 'inputRefused':
        this.#terminals.get(message.terminal)?.handleInputRefused();
        break;
      case 'holdEnded':
        this.#holds.get(message.id)?.resolveEnded(message.message);
        this.#holds.delete(message.id);
        break;
    }
  }

  #answer(request: number, message: FromHost): void {
    this.#requests.get(request)?.resolve(message);
    this.#requests.delete(request);
  }

  #onClose(): void {
    for (const request of this.#requests.values()) {
      request.reject(hostLost());
    }
    if (this.#left) {
      return;
    }
    for (const terminal of this.#terminals.values()) {
      terminal.handleHostLost();
    }
    for (const hold of this.#holds.values()) {
      hold.resolveEnded('the process that keeps it has ended');
    }
  }
}

function copyOf(command: PtyCommand): { file: string; args: string[]; env: Record<string, string>; cwd: string } {
  return { ...command, args: [...command.args], env: { ...command.env } };
}

function hostLost(): DocksideError {
  return new DocksideError(
    'TERMINAL_HOST_LOST',
    'The process that keeps terminals has ended. Open a new terminal; your files are as they were.',
  );
}

/** In the data folder, or where that path is too long for a socket, in a folder of this user's own below the temporary one. */
function socketPathFor(dataFolder: string): string {
  const direct = join(dataFolder, 'pty-host.sock');
  if (direct.length <= MAX_SOCKET_PATH) {
    return direct;
  }
  const hash = createHash('sha256').update(dataFolder).digest('hex').slice(0, 16);
  const user = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `dockside-${user}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The temporary folder is everybody's: someone else's folder of this name must not get our shells.
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== user) {
    throw new DocksideError(
      'TERMINAL_HOST_FAILED',
      `${folder} belongs to another user. Remove it, or use a data folder with a shorter path.`,
    );
  }
  chmodSync(folder, 0o700);
  return join(folder, `${hash}.sock`);
}
