// Sessions of ExecuteCommand: each waits at its stream URL for one client, that must show its token.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../../../../base/index.ts';
import type { Container } from '../../../../runtime/runtime.ts';
import { ExecChannel, type ChannelOptions } from './channel.ts';

export const CHANNEL_PATH = '/v1/data-channel/';

/** A session that no client has taken up after this is gone. */
const WAITING_MS = 60_000;
const MAX_MESSAGE_BYTES = 64 * 1024;

interface NewSession {
  sessionId: string;
  token: string;
}

export class ExecSessions implements Disposable {
  readonly #clock: Clock;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  readonly #waiting = new Map<string, { options: ChannelOptions; timer: Disposable }>();
  readonly #open = new Set<ExecChannel>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  create(container: Container, command: readonly string[]): NewSession {
    const sessionId = `ecs-execute-command-${randomBytes(13).toString('hex').slice(0, 26)}`;
    const token = randomBytes(96).toString('base64');
    const timer = this.#clock.schedule(WAITING_MS, () => void this.#waiting.delete(sessionId));
    this.#waiting.set(sessionId, { options: { sessionId, token, command, container, clock: this.#clock }, timer });
    return { sessionId, token };
  }

  /** Takes over a connection that asks for a data channel. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [path = ''] = (request.url ?? '').split('?');
    const sessionId = path.startsWith(CHANNEL_PATH) ? path.slice(CHANNEL_PATH.length) : '';
    const session = this.#waiting.get(sessionId);
    if (!session) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#waiting.delete(sessionId);
    session.timer[Symbol.dispose]();
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const channel = new ExecChannel(webSocket, session.options);
      this.#open.add(channel);
      webSocket.once('close', () => this.#open.delete(channel));
    });
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#waiting.values()) {
      timer[Symbol.dispose]();
    }
    this.#waiting.clear();
    for (const channel of this.#open) {
      channel.end();
    }
    this.#server.close();
  }
}
