// A learner as a program: the page's half of the protocol, for measurements.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  ACK_EVERY,
  type ClientMessage,
  decodeFrame,
  encodeInput,
  labSchema,
  type LabDescription,
  type ServerMessage,
  serverMessageSchema,
} from '../../protocol/index.ts';
import { DocksideError } from '../../base/index.ts';

export class Learner {
  readonly #url: string;
  #cookie = '';

  constructor(url: string) {
    this.#url = url;
  }

  async openLab(exercise: string): Promise<LabDescription> {
    const response = await fetch(`${this.#url}/api/labs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: this.#cookie },
      body: JSON.stringify({ exercise }),
    });
    if (!response.ok) {
      throw new DocksideError('BENCH_FAILED', `The lab was refused: ${await response.text()}`);
    }
    const cookie = response.headers.getSetCookie().map((header) => header.split(';')[0] ?? '');
    this.#cookie = cookie.length > 0 ? cookie.join('; ') : this.#cookie;
    return labSchema.parse(await response.json());
  }

  async closeLab(id: string): Promise<void> {
    const response = await fetch(`${this.#url}/api/labs/${id}`, { method: 'DELETE', headers: { cookie: this.#cookie } });
    await response.arrayBuffer();
  }

  async stream(id: string): Promise<LearnerStream> {
    const socket = new WebSocket(`${this.#url.replace('http', 'ws')}/api/labs/${id}/stream`, { headers: { cookie: this.#cookie } });
    socket.binaryType = 'nodebuffer';
    const stream = new LearnerStream(socket);
    await once(socket, 'open');
    return stream;
  }
}

/** A lab's stream with one terminal. */
export class LearnerStream implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Set<{ accepts(message: ServerMessage): boolean; resolve(message: ServerMessage): void }>();
  readonly #seen: ServerMessage[] = [];
  #terminal = 0;
  #onFrame: ((sequence: number, size: number) => void) | undefined;
  readonly #early: [sequence: number, size: number][] = [];
  #acknowledged = 0;
  /** Called with every piece of output. */
  onOutput: (data: Uint8Array) => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => (isBinary ? this.#receiveFrame(data) : this.#receive(data.toString())));
  }

  /** Opens a terminal; its id, by which another connection attaches to it. */
  async openTerminal(): Promise<string> {
    this.#send({ type: 'terminal.open', requestId: 'bench', cols: 120, rows: 30 });
    return this.#opened();
  }

  /** Goes on with a terminal from a byte on. */
  async attachTerminal(terminalId: string, since: number): Promise<void> {
    this.#acknowledged = since;
    this.#send({ type: 'terminal.attach', requestId: 'bench', terminalId, since });
    await this.#opened();
  }

  async #opened(): Promise<string> {
    const opened = await this.message((message) => message.type === 'terminal.opened');
    if (opened.type !== 'terminal.opened') {
      throw new DocksideError('BENCH_FAILED', 'The terminal was refused.');
    }
    this.#terminal = opened.terminal;
    return opened.terminalId;
  }

  /** Resolves after so many pieces of output, each of which is told with its place and size. Those that came before it was asked for count. */
  frames(count: number, tell: (sequence: number, size: number) => void): Promise<void> {
    return new Promise((resolve) => {
      let left = count;
      this.#onFrame = (sequence, size) => {
        if (left > 0) {
          tell(sequence, size);
          left -= 1;
        }
        if (left === 0) {
          resolve();
        }
      };
      this.#early.splice(0).forEach(([sequence, size]) => this.#onFrame?.(sequence, size));
    });
  }

  type(text: string | Uint8Array): void {
    this.#socket.send(encodeInput(this.#terminal, typeof text === 'string' ? Buffer.from(text) : text));
  }

  /** Resolves with the first message that is accepted, of those that came already too. */
  message(accepts: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    const seen = this.#seen.find(accepts);
    return seen ? Promise.resolve(seen) : new Promise((resolve) => this.#waiting.add({ accepts, resolve }));
  }

  /** Resolves when the output, from now on, holds `text`. */
  outputHolding(text: string): Promise<void> {
    let tail = '';
    return new Promise((resolve) => {
      this.onOutput = (data) => {
        tail = (tail + Buffer.from(data).toString('latin1')).slice(-4096);
        if (tail.includes(text)) {
          this.onOutput = () => {};
          resolve();
        }
      };
    });
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #send(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  #receive(text: string): void {
    const message = serverMessageSchema.parse(JSON.parse(text));
    this.#seen.push(message);
    for (const waiting of this.#waiting) {
      if (waiting.accepts(message)) {
        this.#waiting.delete(waiting);
        waiting.resolve(message);
      }
    }
  }

  #receiveFrame(data: Buffer): void {
    const frame = decodeFrame(data);
    if (frame?.kind !== 'output') {
      return;
    }
    this.onOutput(frame.data);
    if (this.#onFrame) {
      this.#onFrame(frame.sequence, frame.data.length);
    } else {
      this.#early.push([frame.sequence, frame.data.length]);
    }
    const sequence = frame.sequence + frame.data.length;
    if (sequence - this.#acknowledged >= ACK_EVERY) {
      this.#acknowledged = sequence;
      this.#send({ type: 'terminal.ack', terminal: frame.terminal, sequence });
    }
  }
}
