// One connection of the lab server to a running pty host: its terminals and held processes, requests and their answers.
import type { Socket } from 'node:net';
import { DocksideError, messageOf } from '../base/index.ts';
import type { PtyCommand } from './host/pty-process.ts';
import { encodeMessage, fromHostSchema, WIRE_VERSION, WireDecoder, type FromHost, type ToHost, type WireFrame } from './host/wire.ts';
import { RemoteTerminal } from './remote-terminal.ts';
import type { Terminal, TerminalSize } from './terminal.ts';

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

/** One connection to a running host. */
export class HostConnection {
  /** Resolves when the connection has ended: with true when this side left it. */
  readonly closed: Promise<boolean>;
  readonly #socket: Socket;
  readonly #terminals = new Map<number, RemoteTerminal>();
  readonly #holds = new Map<string, Hold & { resolveEnded(reason: string): void }>();
  readonly #requests = new Map<number, Request>();
  readonly #readers = new Map<number, RemoteTerminal>();
  #pid = 0;
  #lastRequest = 0;
  #lastReader = 0;
  #left = false;
  #isClosed = false;
  #onHello: ((hello: Extract<FromHost, { type: 'hello' }>) => void) | undefined;

  /** Waits for the host's greeting, which lists what runs in it; undefined when it hangs up instead, as a host that ends does. */
  static async greet(socket: Socket): Promise<HostConnection | undefined> {
    const connection = new HostConnection(socket);
    const hello = await new Promise<Extract<FromHost, { type: 'hello' }> | undefined>((resolve) => {
      connection.#onHello = resolve;
      void connection.closed.then(() => resolve(undefined));
    });
    if (!hello) {
      return undefined;
    }
    if (hello.version !== WIRE_VERSION) {
      socket.destroy();
      throw new DocksideError(
        'TERMINAL_HOST_VERSION',
        `The process that keeps terminals (pid ${hello.pid}) belongs to another version of Dockside. End it, then start again.`,
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

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  get pid(): number {
    return this.#pid;
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
      if (this.#isClosed) {
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
    const [first, ...rest] = pieces;
    if (first && rest.length === 0) {
      this.#socket.write(first);
      return;
    }
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
        this.#pid = message.pid;
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
    this.#isClosed = true;
    for (const request of this.#requests.values()) {
      request.reject(hostLost());
    }
    if (this.#left) {
      return;
    }
    // Workspaces hear of it before terminals do, so that who opens a new terminal at once gets one in a new workspace.
    for (const hold of this.#holds.values()) {
      hold.resolveEnded('the process that keeps it has ended');
    }
    for (const terminal of this.#terminals.values()) {
      terminal.handleHostLost();
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
