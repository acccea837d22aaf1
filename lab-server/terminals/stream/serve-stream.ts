// The server's side of the lab stream (lab-server/protocol/stream.ts) for one connection: terminals, heartbeat, limits. What else a lab
// tells its pages goes through `send`.
import { DocksideError, isDocksideError, messageOf, type Clock } from '../../base/index.ts';
import {
  clientMessageSchema,
  CLOSE,
  decodeFrame,
  HEARTBEAT_MS,
  MAX_MESSAGE_BYTES,
  type ClientMessage,
  type ServerMessage,
} from '../../protocol/stream.ts';
import type { Sequence, Terminal, TerminalSize } from '../terminal.ts';
import { AttachedTerminal } from './attached-terminal.ts';
import type { StreamConnection } from './connection.ts';
import type { LabTerminals } from './lab-terminals.ts';
import { MESSAGES, NEW_TERMINALS, Rate } from './rate.ts';

/** Terminals that one connection may be attached to, over its life's ended ones as well. */
const MAX_ATTACHED = 64;
/** A close reason has at most 123 bytes (RFC 6455, 5.5). */
const MAX_REASON_BYTES = 123;

export interface StreamLab {
  terminals: LabTerminals;
  /** The learner did something. */
  touch(): void;
  /** The learner asked for more time. */
  extend(): void;
  /** The page wants to be told of the sandboxes' pictures, or no more. */
  watchTopology?(on: boolean): void;
}

export interface StreamOptions {
  clock: Clock;
  /** Told of errors that are not the learner's. */
  warn(message: string, error: unknown): void;
}

/** Serves one connection until it closes. The greeting (`hello`) is sent by the caller. */
export function serveStream(connection: StreamConnection, lab: StreamLab, options: StreamOptions): LabStream {
  return new LabStream(connection, lab, options);
}

export class LabStream {
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #connection: StreamConnection;
  readonly #lab: StreamLab;
  readonly #options: StreamOptions;
  readonly #attached = new Map<number, AttachedTerminal>();
  readonly #messages: Rate;
  readonly #newTerminals: Rate;
  readonly #subscription: Disposable;
  /** Messages wait here for a list of terminals that must come before them. */
  #sending: Promise<void> | undefined;
  #lastNumber = 0;
  #heartbeat: Disposable;
  #isAlive = true;
  #isClosed = false;

  constructor(connection: StreamConnection, lab: StreamLab, options: StreamOptions) {
    this.#connection = connection;
    this.#lab = lab;
    this.#options = options;
    this.#messages = new Rate(options.clock, MESSAGES);
    this.#newTerminals = new Rate(options.clock, NEW_TERMINALS);
    this.#subscription = lab.terminals.onChange(() => void this.#sendList());
    this.#heartbeat = options.clock.schedule(HEARTBEAT_MS, () => this.#beat());
    connection.on('message', (data, isBinary) => this.#onMessage(asBuffer(data), isBinary));
    connection.on('pong', () => {
      this.#isAlive = true;
    });
    this.closed = new Promise((resolve) => {
      connection.on('close', () => {
        this.#onClosed();
        resolve();
      });
    });
  }

  /**
   * Sends a message of the lab. The list of terminals goes out by itself: after `hello` where the lab is ready, and before the lab is said
   * to be ready, so that the page takes up the terminals that run instead of opening a new one.
   */
  send(message: ServerMessage): void {
    if (message.type === 'hello') {
      this.#sendInOrder(message);
      void this.#sendList();
    } else if (message.type === 'lab.state' && message.state === 'ready') {
      void this.#sendList();
      this.#sendInOrder(message);
    } else {
      this.#sendInOrder(message);
    }
  }

  /** Closes the connection with one of the protocol's codes. */
  close(code: (typeof CLOSE)[keyof typeof CLOSE], reason: string): void {
    if (!this.#isClosed) {
      this.#connection.close(code, shortened(reason));
      this.#onClosed();
    }
  }

  #onClosed(): void {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    this.#heartbeat[Symbol.dispose]();
    this.#subscription[Symbol.dispose]();
    for (const attached of this.#attached.values()) {
      attached[Symbol.dispose]();
    }
    this.#attached.clear();
  }

  #beat(): void {
    if (!this.#isAlive) {
      this.#connection.terminate();
      return;
    }
    this.#isAlive = false;
    this.#connection.ping();
    this.#heartbeat = this.#options.clock.schedule(HEARTBEAT_MS, () => this.#beat());
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#isClosed) {
      return;
    }
    this.#isAlive = true;
    if (data.length > MAX_MESSAGE_BYTES) {
      this.close(CLOSE.tooLarge, `A message may have ${MAX_MESSAGE_BYTES} bytes; this one has ${data.length}.`);
      return;
    }
    if (!this.#messages.allow()) {
      this.close(CLOSE.tooMany, 'This connection sends more messages than allowed.');
      return;
    }
    if (isBinary) {
      this.#onFrame(data);
    } else {
      this.#onText(data);
    }
  }

  #onFrame(data: Buffer): void {
    const frame = decodeFrame(data);
    if (frame?.kind !== 'input') {
      this.close(CLOSE.notInProtocol, 'A binary message must be an input frame.');
      return;
    }
    // Input that crosses the news of a terminal's end is dropped.
    this.#attached.get(frame.terminal)?.write(frame.data);
    this.#lab.touch();
  }

  #onText(data: Buffer): void {
    const message = parseMessage(data);
    if (typeof message === 'string') {
      this.close(CLOSE.notInProtocol, message);
      return;
    }
    switch (message.type) {
      case 'terminal.open':
        void this.#attach(message.requestId, 0, () => this.#open(message));
        this.#lab.touch();
        break;
      case 'terminal.attach':
        void this.#attach(message.requestId, message.since, () => this.#lab.terminals.find(message.terminalId));
        break;
      case 'terminal.resize':
        this.#attached.get(message.terminal)?.resize({ cols: message.cols, rows: message.rows });
        break;
      case 'terminal.ack':
        this.#attached.get(message.terminal)?.acknowledge(message.sequence);
        break;
      case 'terminal.close':
        this.#attached.get(message.terminal)?.close();
        break;
      case 'lab.extend':
        this.#lab.extend();
        break;
      case 'topology.watch':
        this.#lab.watchTopology?.(message.on);
        break;
      case 'ping':
        this.#sendNow({ type: 'pong', at: message.at });
        break;
    }
  }

  async #attach(requestId: string, since: Sequence, find: () => Promise<Terminal>): Promise<void> {
    try {
      if (this.#attached.size >= MAX_ATTACHED) {
        this.close(CLOSE.tooMany, `One connection may attach to ${MAX_ATTACHED} terminals.`);
        return;
      }
      const terminal = await find();
      if (this.#isClosed) {
        return;
      }
      const number = ++this.#lastNumber;
      const { cols, rows } = terminal.size;
      this.#sendNow({
        type: 'terminal.opened',
        requestId,
        terminal: number,
        terminalId: terminal.id,
        sequence: since,
        end: Math.max(since, terminal.readUpTo),
        cols,
        rows,
      });
      this.#leaveEarlier(terminal);
      this.#attached.set(
        number,
        new AttachedTerminal(terminal, number, since, {
          message: (message) => this.#sendNow(message),
          frame: (frame) => this.#connection.send(frame, { binary: true }),
        }),
      );
    } catch (error) {
      this.#sendError(error, requestId);
    }
  }

  #open({ cols, rows }: TerminalSize): Promise<Terminal> {
    if (!this.#newTerminals.allow()) {
      throw new DocksideError('TERMINAL_LIMIT', 'You open terminals faster than allowed. Wait a few seconds.', { status: 429 });
    }
    return this.#lab.terminals.open({ cols, rows });
  }

  /** A connection that attaches again to the same terminal goes on with the new attachment alone. */
  #leaveEarlier(terminal: Terminal): void {
    for (const [number, attached] of this.#attached) {
      if (attached.terminal.id === terminal.id) {
        attached[Symbol.dispose]();
        this.#attached.delete(number);
      }
    }
  }

  #sendList(): Promise<void> {
    const before = this.#sending ?? Promise.resolve();
    const sending = before.then(async () => {
      // While the lab has no workspace there is no list; it comes when the lab is ready.
      const terminals = await this.#lab.terminals.list().catch(() => undefined);
      if (terminals) {
        this.#sendNow({
          type: 'terminal.list',
          terminals: terminals.map(({ id, size: { cols, rows } }) => ({ terminalId: id, cols, rows })),
        });
      }
    });
    this.#follow(sending);
    return sending;
  }

  #sendInOrder(message: ServerMessage): void {
    if (this.#sending) {
      this.#follow(this.#sending.then(() => this.#sendNow(message)));
    } else {
      this.#sendNow(message);
    }
  }

  #follow(sending: Promise<void>): void {
    this.#sending = sending;
    void sending.then(() => {
      if (this.#sending === sending) {
        this.#sending = undefined;
      }
    });
  }

  #sendNow(message: ServerMessage): void {
    if (!this.#isClosed) {
      this.#connection.send(JSON.stringify(message), { binary: false });
    }
  }

  #sendError(error: unknown, requestId: string): void {
    if (isDocksideError(error)) {
      this.#sendNow({ type: 'error', code: error.code, message: error.message, requestId });
      return;
    }
    this.#options.warn(`A terminal could not be opened: ${messageOf(error)}`, error);
    this.#sendNow({
      type: 'error',
      code: 'TERMINAL_START_FAILED',
      message: 'The terminal could not be opened. Try again; the server’s log says more.',
      requestId,
    });
  }
}

/** The message, or what is wrong with it. */
function parseMessage(data: Buffer): ClientMessage | string {
  let json: unknown;
  try {
    json = JSON.parse(data.toString());
  } catch {
    return 'A text message must be JSON.';
  }
  const parsed = clientMessageSchema.safeParse(json);
  if (parsed.success) {
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  return `Not in the protocol: ${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? ''}`;
}

function asBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) {
    return Buffer.concat(data);
  }
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}

function shortened(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= MAX_REASON_BYTES
    ? reason
    : bytes
        .subarray(0, MAX_REASON_BYTES - 3)
        .toString()
        .replace(/�+$/, '') + '…';
}
