// The WebSocket of a lab, for as long as the page lives: it connects again by itself, and tells when it cannot.
import { CLOSE, HEARTBEAT_MS, decodeFrame, encodeInput, serverMessageSchema } from '../../lab-server/protocol/stream.ts';
import type { ClientMessage, ServerMessage } from '../../lab-server/protocol/stream.ts';

export interface StreamListener {
  message(message: ServerMessage): void;
  output(terminal: number, sequence: number, data: Uint8Array): void;
  /** The connection is gone; the next try is at `retryAt` (Date.now() time), or never when `final` says why. */
  lost(retryAt: number, final?: string): void;
  /** Asked when a connection was refused: why there will be none, or undefined to go on trying. */
  whyGone(): Promise<string | undefined>;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 4_000;
/** A server that does not answer a ping within this time is taken for gone. */
const PONG_MS = 5_000;

export class LabStream {
  readonly #address: string;
  readonly #listener: StreamListener;
  readonly #closing = new AbortController();
  #socket: WebSocket | undefined;
  /** Whether the server has said anything on this connection. */
  #heard = false;
  #retryMs = FIRST_RETRY_MS;
  #retry: number | undefined;
  #pong: number | undefined;
  readonly #heartbeat: number;

  constructor(address: string, listener: StreamListener) {
    this.#address = address;
    this.#listener = listener;
    const { signal } = this.#closing;
    addEventListener('online', () => this.reconnect(), { signal });
    // A network that went away may leave the socket open and silent: ask at once.
    addEventListener('offline', () => this.#ping(), { signal });
    document.addEventListener('visibilitychange', () => !document.hidden && this.#ping(), { signal });
    this.#heartbeat = window.setInterval(() => this.#ping(), HEARTBEAT_MS);
    this.#connect();
  }

  get open(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(message: ClientMessage): void {
    if (this.open) {
      this.#socket?.send(JSON.stringify(message));
    }
  }

  input(terminal: number, data: Uint8Array): void {
    if (this.open) {
      this.#socket?.send(encodeInput(terminal, data));
    }
  }

  /** Tries now instead of at the next retry. */
  reconnect(): void {
    if (!this.open && !this.#closing.signal.aborted) {
      this.#connect();
    }
  }

  close(): void {
    this.#closing.abort();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#retry);
    this.#forgetPong();
    this.#socket?.close(1000);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#drop();
    const socket = new WebSocket(this.#address);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#heard = false;
    socket.addEventListener('message', (event: MessageEvent<unknown>) => this.#receive(event.data));
    socket.addEventListener('close', (event) => this.#lost(socket, event.code, event.reason));
  }

  /** Forgets the present socket; whatever it still says is not heard. */
  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#forgetPong();
    socket?.close();
  }

  #receive(data: unknown): void {
    this.#heard = true;
    if (this.#pong !== undefined) {
      // Something was still on its way, perhaps the last that arrives: the answer to the ping has its time from here.
      this.#awaitPong();
    }
    if (data instanceof ArrayBuffer) {
      const frame = decodeFrame(new Uint8Array(data));
      if (frame?.kind === 'output') {
        this.#listener.output(frame.terminal, frame.sequence, frame.data);
      }
      return;
    }
    const message = serverMessageSchema.safeParse(JSON.parse(String(data)));
    // A newer server may say things that this page does not know.
    if (message.success) {
      if (message.data.type === 'hello') {
        this.#retryMs = FIRST_RETRY_MS;
      } else if (message.data.type === 'pong') {
        this.#forgetPong();
      }
      this.#listener.message(message.data);
    }
  }

  #lost(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.#socket || this.#closing.signal.aborted) {
      return;
    }
    this.#drop();
    if (code === CLOSE.labGone || code === CLOSE.unauthorized) {
      this.#end(reason || 'This lab is closed.');
      return;
    }
    if (!this.#heard) {
      // The browser does not tell how a connection was refused. The lab may be gone.
      void this.#listener.whyGone().then((why) => why !== undefined && this.#end(why));
    }
    const wait = this.#retryMs * (0.75 + Math.random() / 2);
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    this.#retry = window.setTimeout(() => this.#connect(), wait);
    this.#listener.lost(Date.now() + wait);
  }

  #end(why: string): void {
    this.close();
    this.#listener.lost(0, why);
  }

  #ping(): void {
    if (this.open) {
      this.send({ type: 'ping', at: Date.now() });
      if (this.#pong === undefined) {
        this.#awaitPong();
      }
    }
  }

  #awaitPong(): void {
    const socket = this.#socket;
    this.#forgetPong();
    this.#pong = socket && window.setTimeout(() => this.#lost(socket, 1006, 'no answer'), PONG_MS);
  }

  #forgetPong(): void {
    clearTimeout(this.#pong);
    this.#pong = undefined;
  }
}
