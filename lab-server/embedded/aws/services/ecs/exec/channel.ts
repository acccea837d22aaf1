// The agent's end of one data channel: shakes hands, then joins a command in a container to the client's terminal.
import { PassThrough, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../../../../base/index.ts';
import { isoOf } from '../../../gateway/protocols/time.ts';
import type { Container } from '../../../../runtime/runtime.ts';
import { PAYLOAD, readMessage, writeMessage, type AgentMessage, type MessageType } from './agent-message.ts';

const AGENT_VERSION = '3.3.1957.0';
/** Output is sent in pieces of this size, as the agent sends it. */
const CHUNK_BYTES = 1024;
/** Input that came too early is kept for its turn, so many messages of it. */
const MAX_EARLY = 256;
const TERMINATE = 2;
const INTERRUPT = '\u0003';

const openInput = z.object({ TokenValue: z.string() });
const sizeInput = z.object({ cols: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) });

export interface ChannelOptions {
  sessionId: string;
  token: string;
  command: readonly string[];
  container: Container;
  clock: Clock;
}

export class ExecChannel {
  readonly #socket: WebSocket;
  readonly #options: ChannelOptions;
  readonly #input = new PassThrough();
  readonly #sizes = new SizeQueue();
  readonly #ended = new AbortController();
  readonly #early = new Map<number, AgentMessage>();
  readonly #openedAt: number;
  #expected = 0;
  #sequence = 0;
  #state: 'opening' | 'handshake' | 'running' | 'closed' = 'opening';

  constructor(socket: WebSocket, options: ChannelOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#openedAt = options.clock.now();
    socket.on('message', (data: Buffer, isBinary: boolean) => (isBinary ? this.#receive(data) : this.#open(data)));
    socket.on('error', () => this.end());
    socket.on('close', () => this.end());
  }

  /** Ends the command and the connection. */
  end(): void {
    if (this.#state !== 'closed') {
      this.#state = 'closed';
      this.#ended.abort();
      this.#sizes.end();
      this.#input.end();
      this.#socket.close();
    }
  }

  #open(data: Buffer): void {
    const opened = openInput.safeParse(jsonOf(data));
    if (this.#state !== 'opening' || !opened.success || opened.data.TokenValue !== this.#options.token) {
      this.end();
      return;
    }
    this.#state = 'handshake';
    this.#sendJson(PAYLOAD.handshakeRequest, {
      AgentVersion: AGENT_VERSION,
      RequestedClientActions: [
        {
          ActionType: 'SessionType',
          ActionParameters: { SessionType: 'InteractiveCommands', Properties: { command: this.#options.command.join(' ') } },
        },
      ],
    });
  }

  #receive(data: Buffer): void {
    const message = readMessage(data);
    if (message?.type !== 'input_stream_data' || this.#state === 'opening' || this.#state === 'closed') {
      return;
    }
    if (message.sequence > this.#expected) {
      if (this.#early.size < MAX_EARLY) {
        this.#early.set(message.sequence, message);
        this.#acknowledge(message);
      }
      return;
    }
    this.#acknowledge(message);
    let next: AgentMessage | undefined = message.sequence === this.#expected ? message : undefined;
    while (next) {
      this.#early.delete(next.sequence);
      this.#expected += 1;
      this.#take(next);
      next = this.#early.get(this.#expected);
    }
  }

  #take({ payloadType, payload }: AgentMessage): void {
    switch (payloadType) {
      case PAYLOAD.handshakeResponse:
        if (this.#state === 'handshake') {
          this.#state = 'running';
          const elapsed = this.#options.clock.now() - this.#openedAt;
          this.#sendJson(PAYLOAD.handshakeComplete, { HandshakeTimeToComplete: elapsed * 1_000_000, CustomerMessage: '' });
          void this.#run();
        }
        return;
      case PAYLOAD.size: {
        const size = sizeInput.safeParse(jsonOf(payload));
        if (size.success) {
          this.#sizes.push(size.data);
        }
        return;
      }
      case PAYLOAD.flag:
        if (payload.length >= 4 && payload.readUInt32BE(0) === TERMINATE) {
          this.#input.write(INTERRUPT);
          this.end();
        }
        return;
      case PAYLOAD.output:
        this.#input.write(payload);
        return;
      default:
    }
  }

  async #run(): Promise<void> {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        for (let start = 0; start < chunk.length; start += CHUNK_BYTES) {
          this.#send('output_stream_data', PAYLOAD.output, chunk.subarray(start, start + CHUNK_BYTES));
        }
        done();
      },
    });
    let said = '';
    try {
      await this.#options.container.exec({
        command: this.#options.command,
        tty: true,
        stdin: this.#input,
        stdout: output,
        stderr: output,
        signal: this.#ended.signal,
        sizes: this.#sizes,
      });
    } catch (error) {
      said = this.#ended.signal.aborted ? '' : error instanceof Error ? error.message : String(error);
    }
    this.#closeChannel(said);
  }

  #closeChannel(output: string): void {
    if (this.#state === 'closed') {
      return;
    }
    const payload = {
      MessageType: 'channel_closed',
      MessageId: '',
      CreatedDate: isoOf(this.#options.clock.now()),
      DestinationId: this.#options.sessionId,
      SessionId: this.#options.sessionId,
      SchemaVersion: 1,
      Output: output,
    };
    this.#send('channel_closed', PAYLOAD.none, Buffer.from(JSON.stringify(payload)));
    this.end();
  }

  #acknowledge(message: AgentMessage): void {
    const payload = {
      AcknowledgedMessageType: message.type,
      AcknowledgedMessageId: message.id,
      AcknowledgedMessageSequenceNumber: message.sequence,
      IsSequentialMessage: true,
    };
    const { bytes } = writeMessage('acknowledge', 0, PAYLOAD.none, Buffer.from(JSON.stringify(payload)), this.#options.clock.now());
    this.#socket.send(bytes);
  }

  #sendJson(payloadType: number, payload: object): void {
    this.#send('output_stream_data', payloadType, Buffer.from(JSON.stringify(payload)));
  }

  #send(type: MessageType, payloadType: number, payload: Buffer): void {
    const { bytes } = writeMessage(type, this.#sequence, payloadType, payload, this.#options.clock.now());
    this.#sequence += 1;
    this.#socket.send(bytes);
  }
}

function jsonOf(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Sizes of the terminal as they come; only the newest counts. */
class SizeQueue implements AsyncIterable<{ cols: number; rows: number }> {
  #newest: { cols: number; rows: number } | undefined = { cols: 80, rows: 24 };
  #wake: (() => void) | undefined;
  #isEnded = false;

  push(size: { cols: number; rows: number }): void {
    this.#newest = size;
    this.#wake?.();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<{ cols: number; rows: number }> {
    while (!this.#isEnded) {
      const size = this.#newest;
      this.#newest = undefined;
      if (size) {
        yield size;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
