// The pty host: terminals and held processes behind a Unix socket. Clients (lab servers) come and go; what runs here stays.
import { createServer, type Server, type Socket } from 'node:net';
import { messageOf, type Clock } from '../../base/index.ts';
import type { ExitStatus } from '../terminal.ts';
import { HeldProcess } from './held-process.ts';
import { HostedTerminal } from './hosted-terminal.ts';
import { OwnSocket } from './own-socket.ts';
import {
  encodeMessage,
  encodeOutput,
  toHostSchema,
  WIRE_VERSION,
  WireDecoder,
  type FromHost,
  type TerminalDescription,
  type ToHost,
  type WireFrame,
} from './wire.ts';

/** Terminals that have ended are kept this long, so that who reconnects still sees their last output. */
const KEEP_EXITED_MS = 10 * 60_000;
/** Between SIGHUP and SIGKILL when the host shuts down or a terminal is closed. */
const HANG_UP_MS = 2_000;

export interface PtyHostOptions {
  clock: Clock;
  /** How long the host goes on without any client while something runs in it. */
  graceMs: number;
  /** Called once, when everything has ended and the socket is closed. */
  onStopped(): void;
}

interface Client {
  socket: Socket;
  attachments: Map<number, { acknowledge(sequence: number): void; detach(): void }>;
}

export class PtyHostServer {
  readonly #options: PtyHostOptions;
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  readonly #terminals = new Map<number, HostedTerminal>();
  readonly #held = new Map<string, HeldProcess>();
  #lastNumber = 0;
  #socket: OwnSocket | undefined;
  #lonely: Disposable | undefined;
  #stopping = false;
  #onAllEnded: (() => void) | undefined;

  constructor(options: PtyHostOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#onConnection(socket));
  }

  /** Listens on `path`, for this user alone. */
  async listen(path: string): Promise<void> {
    this.#socket = await OwnSocket.listen(this.#server, path);
    this.#whenLonely();
  }

  /** Ends everything that runs here, then closes. */
  async stop(): Promise<void> {
    if (this.#stopping) {
      return;
    }
    this.#stopping = true;
    this.#lonely?.[Symbol.dispose]();
    this.#server.close();
    this.#socket?.remove();
    for (const terminal of this.#terminals.values()) {
      terminal.hangUp();
    }
    await Promise.all([...this.#held.values()].map((held) => held.release()));
    if (this.#runningTerminals().length > 0) {
      const allEnded = new Promise<void>((resolve) => {
        this.#onAllEnded = resolve;
      });
      await Promise.race([allEnded, this.#options.clock.sleep(HANG_UP_MS)]);
    }
    for (const terminal of this.#runningTerminals()) {
      terminal.kill();
    }
    for (const client of this.#clients) {
      client.socket.end();
    }
    this.#options.onStopped();
  }

  #runningTerminals(): HostedTerminal[] {
    return [...this.#terminals.values()].filter((terminal) => !terminal.exit);
  }

  #onConnection(socket: Socket): void {
    const client: Client = { socket, attachments: new Map() };
    const decoder = new WireDecoder();
    this.#clients.add(client);
    this.#lonely?.[Symbol.dispose]();
    this.#lonely = undefined;
    socket.on('data', (chunk) => {
      try {
        decoder.push(chunk, (frame) => this.#onFrame(client, frame));
      } catch (error) {
        console.error(`a client left the protocol: ${messageOf(error)}`);
        socket.destroy();
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#clients.delete(client);
      for (const attachment of client.attachments.values()) {
        attachment.detach();
      }
      this.#whenLonely();
    });
    this.#tell(client, {
      type: 'hello',
      version: WIRE_VERSION,
      pid: process.pid,
      terminals: [...this.#terminals].map(([number, terminal]) => describe(number, terminal)),
      held: [...this.#held.values()].map((held) => ({ id: held.id, ready: held.readyText })),
    });
  }

  #onFrame(client: Client, frame: WireFrame): void {
    switch (frame.kind) {
      case 'input': {
        const terminal = this.#terminals.get(frame.terminal);
        if (terminal && !terminal.write(frame.data)) {
          this.#tell(client, { type: 'inputRefused', terminal: frame.terminal });
        }
        break;
      }
      case 'acknowledge':
        client.attachments.get(frame.reader)?.acknowledge(frame.sequence);
        break;
      case 'message':
        this.#onMessage(client, toHostSchema.parse(frame.json));
        break;
      default:
        throw new RangeError(`a client does not send ${frame.kind}`);
    }
  }

  #onMessage(client: Client, message: ToHost): void {
    switch (message.type) {
      case 'open':
        this.#open(client, message);
        break;
      case 'resize':
        this.#terminals.get(message.terminal)?.resize(message);
        this.#tellAll({ type: 'resized', terminal: message.terminal, cols: message.cols, rows: message.rows });
        break;
      case 'hangUp':
        this.#hangUp(message.terminal);
        break;
      case 'attach': {
        const { reader } = message;
        const attachment = this.#terminals.get(message.terminal)?.attach(message.since, {
          send: (sequence, data) => write(client.socket, encodeOutput(reader, sequence, data)),
        });
        if (attachment) {
          client.attachments.set(reader, attachment);
        }
        break;
      }
      case 'detach':
        client.attachments.get(message.reader)?.detach();
        client.attachments.delete(message.reader);
        break;
      case 'hold':
        void this.#hold(client, message);
        break;
      case 'release':
        void this.#release(client, message);
        break;
      case 'announce':
        for (const terminal of this.#runningTerminals()) {
          if (terminal.group === message.group) {
            terminal.announce(message.text);
          }
        }
        break;
      case 'shutdown':
        void this.stop();
        break;
    }
  }

  #open(client: Client, message: Extract<ToHost, { type: 'open' }>): void {
    const number = ++this.#lastNumber;
    try {
      const terminal = new HostedTerminal({
        id: message.id,
        group: message.group,
        command: message.command,
        size: { cols: message.cols, rows: message.rows },
        clock: this.#options.clock,
        onExit: (status) => this.#onExit(number, status),
      });
      this.#terminals.set(number, terminal);
      this.#tell(client, { type: 'opened', request: message.request, terminal: describe(number, terminal) });
    } catch (error) {
      this.#tell(client, { type: 'failed', request: message.request, message: messageOf(error) });
    }
  }

  #onExit(number: number, status: ExitStatus): void {
    this.#tellAll({ type: 'exited', terminal: number, end: this.#terminals.get(number)?.end ?? 0, ...status });
    this.#options.clock.schedule(KEEP_EXITED_MS, () => {
      this.#terminals.delete(number);
      this.#whenLonely();
    });
    this.#whenLonely();
    if (this.#runningTerminals().length === 0) {
      this.#onAllEnded?.();
    }
  }

  #hangUp(number: number): void {
    const terminal = this.#terminals.get(number);
    terminal?.hangUp();
    // Twice: what only waited for the others ends the second time, should it not have ended with them.
    this.#options.clock.schedule(HANG_UP_MS, () => terminal?.kill());
    this.#options.clock.schedule(2 * HANG_UP_MS, () => terminal?.kill());
  }

  async #hold(client: Client, message: Extract<ToHost, { type: 'hold' }>): Promise<void> {
    try {
      const held = new HeldProcess(message.id, message.command);
      this.#held.set(message.id, held);
      void held.ended.then((reason) => {
        if (this.#held.get(message.id) === held) {
          this.#held.delete(message.id);
        }
        this.#tellAll({ type: 'holdEnded', id: message.id, message: reason });
        this.#whenLonely();
      });
      this.#tell(client, { type: 'held', request: message.request, ready: await held.ready });
    } catch (error) {
      this.#tell(client, { type: 'failed', request: message.request, message: messageOf(error) });
    }
  }

  async #release(client: Client, message: Extract<ToHost, { type: 'release' }>): Promise<void> {
    await this.#held.get(message.id)?.release();
    this.#tell(client, { type: 'released', request: message.request });
  }

  /** Without a client the host goes on for its grace time, and not at all when nothing runs in it. */
  #whenLonely(): void {
    if (this.#clients.size > 0 || this.#stopping) {
      return;
    }
    this.#lonely?.[Symbol.dispose]();
    const isIdle = this.#held.size === 0 && this.#runningTerminals().length === 0;
    // The client that started the host needs a moment to connect.
    const wait = isIdle ? Math.min(this.#options.graceMs, 5_000) : this.#options.graceMs;
    const end = new DisposableStack();
    end.use(this.#options.clock.schedule(wait, () => void this.stop()));
    if (this.#socket) {
      // Without its socket no server finds it any more.
      end.use(this.#socket.onGone(() => void this.stop()));
    }
    this.#lonely = end;
  }

  #tell(client: Client, message: FromHost): void {
    write(client.socket, [encodeMessage(message)]);
  }

  #tellAll(message: FromHost): void {
    for (const client of this.#clients) {
      this.#tell(client, message);
    }
  }
}

function describe(number: number, terminal: HostedTerminal): TerminalDescription {
  return {
    number,
    id: terminal.id,
    group: terminal.group,
    end: terminal.end,
    cols: terminal.size.cols,
    rows: terminal.size.rows,
    ...(terminal.exit ? { exit: terminal.exit } : {}),
  };
}

function write(socket: Socket, pieces: readonly Buffer[]): void {
  if (socket.destroyed) {
    return;
  }
  const [first, ...rest] = pieces;
  if (first && rest.length === 0) {
    socket.write(first);
    return;
  }
  socket.cork();
  for (const piece of pieces) {
    socket.write(piece);
  }
  socket.uncork();
}
