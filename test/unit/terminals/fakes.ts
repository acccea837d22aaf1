// A connection and a terminal in memory, for the stream's tests.
import { AsyncQueue } from '../../../lab-server/base/index.ts';
import { decodeFrame, serverMessageSchema, type ServerMessage } from '../../../lab-server/protocol/index.ts';
import type {
  ExitStatus,
  StreamConnection,
  Terminal,
  TerminalAttachment,
  TerminalChunk,
  TerminalSize,
} from '../../../lab-server/terminals/index.ts';

type Listener = (data: Buffer, isBinary: boolean) => void;

export class FakeConnection implements StreamConnection {
  readonly messages: ServerMessage[] = [];
  readonly output: { terminal: number; sequence: number; text: string }[] = [];
  closedWith: { code: number; reason: string } | undefined;
  isTerminated = false;
  pings = 0;
  readonly #listeners = new Map<string, Listener>();

  send(data: string | Uint8Array): void {
    if (typeof data === 'string') {
      this.messages.push(serverMessageSchema.parse(JSON.parse(data)));
      return;
    }
    const frame = decodeFrame(data);
    if (frame?.kind !== 'output') {
      throw new Error('the server sent a frame that is not output');
    }
    this.output.push({ terminal: frame.terminal, sequence: frame.sequence, text: Buffer.from(frame.data).toString() });
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.closedWith = { code, reason };
    this.emit('close');
  }

  terminate(): void {
    this.isTerminated = true;
    this.emit('close');
  }

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, listener);
  }

  emit(event: 'message' | 'pong' | 'close', data = Buffer.alloc(0), isBinary = false): void {
    this.#listeners.get(event)?.(data, isBinary);
  }

  say(message: unknown): void {
    this.emit('message', Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));
  }

  sayBytes(bytes: Uint8Array): void {
    this.emit('message', Buffer.from(bytes), true);
  }

  last<Type extends ServerMessage['type']>(type: Type): Extract<ServerMessage, { type: Type }> | undefined {
    return this.messages.findLast((message): message is Extract<ServerMessage, { type: Type }> => message.type === type);
  }
}

export class FakeTerminal implements Terminal {
  readonly id: string;
  size: TerminalSize = { cols: 80, rows: 24 };
  hasExited = false;
  readUpTo = 0;
  typed = '';
  isClosed = false;
  readonly acknowledged: number[] = [];
  readonly attachedFrom: number[] = [];
  readonly exited: Promise<ExitStatus>;
  #exit: (status: ExitStatus) => void;
  readonly #queues = new Set<AsyncQueue<TerminalChunk>>();
  readonly #resizeListeners = new Set<(size: TerminalSize) => void>();
  #refuse: (() => void) | undefined;
  #sequence = 0;

  constructor(id: string) {
    this.id = id;
    const { promise, resolve } = Promise.withResolvers<ExitStatus>();
    this.exited = promise;
    this.#exit = resolve;
  }

  write(data: Uint8Array): void {
    this.typed += Buffer.from(data).toString();
  }

  resize(size: TerminalSize): void {
    this.size = size;
    for (const listener of this.#resizeListeners) {
      listener(size);
    }
  }

  attach(since: number): TerminalAttachment {
    this.attachedFrom.push(since);
    const queue = new AsyncQueue<TerminalChunk>(1000);
    this.#queues.add(queue);
    return {
      [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
      acknowledge: (sequence) => void this.acknowledged.push(sequence),
      [Symbol.dispose]: () => {
        this.#queues.delete(queue);
        queue.close();
      },
    };
  }

  get readers(): number {
    return this.#queues.size;
  }

  onResized(listener: (size: TerminalSize) => void): Disposable {
    this.#resizeListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#resizeListeners.delete(listener) };
  }

  onInputRefused(listener: () => void): Disposable {
    this.#refuse = listener;
    return { [Symbol.dispose]: () => void (this.#refuse = undefined) };
  }

  close(): void {
    this.isClosed = true;
  }

  print(text: string): void {
    const data = Buffer.from(text);
    for (const queue of this.#queues) {
      queue.push({ sequence: this.#sequence, data });
    }
    this.#sequence += data.length;
  }

  refuseInput(): void {
    this.#refuse?.();
  }

  end(status: ExitStatus): void {
    this.hasExited = true;
    for (const queue of this.#queues) {
      queue.close();
    }
    this.#exit(status);
  }
}
