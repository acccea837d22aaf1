// Application load balancers: HTTP of a node's listeners, rules by priority, and the action of the first rule that a request meets.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { NetworkEndpoint } from '../../../runtime/runtime.ts';
import { endpointCertificates, type Certificates } from '../../gateway/certificates.ts';
import type { AwsContext } from '../service.ts';
import { meets } from './conditions.ts';
import { forwardRequest, forwardUpgrade, type Forwarding } from './http-forward.ts';
import { sendError, sendFixed, sendRedirect } from './http-answers.ts';
import { elbTables, keyOf, rulesOfListener, type Action, type Listener } from './state.ts';
import type { ElbWorld } from './world.ts';

/** Of a connection: the listener it came in by, and the node. */
interface Origin {
  listenerArn: string;
  endpoint: NetworkEndpoint;
}

const MAX_HEADER_BYTES = 64 * 1024;

export class HttpFront implements Disposable {
  readonly #context: AwsContext;
  readonly #world: ElbWorld;
  readonly #origins = new WeakMap<Duplex, Origin>();
  readonly #open = new Set<Duplex>();
  #server: Server | undefined;
  #certificates: Certificates | undefined;

  constructor(context: AwsContext, world: ElbWorld) {
    this.#context = context;
    this.#world = world;
  }

  accept(connection: Duplex, origin: Origin): void {
    this.#open.add(connection);
    connection.once('close', () => this.#open.delete(connection));
    const listener = elbTables(this.#context.tables).listeners.get(keyOf(origin.listenerArn));
    const stream = listener?.Protocol === 'HTTPS' ? this.#secured(connection) : connection;
    this.#origins.set(stream, origin);
    this.#http().emit('connection', stream);
  }

  [Symbol.dispose](): void {
    for (const connection of this.#open) {
      connection.destroy();
    }
    this.#server?.close();
  }

  /** There is no certificate store: every name is answered with a certificate of the endpoint's own authority. */
  #secured(connection: Duplex): TLSSocket {
    this.#certificates ??= endpointCertificates(this.#context.tables, () => this.#context.clock.now());
    const certificates = this.#certificates;
    const stream = new TLSSocket(connection as never, {
      isServer: true,
      secureContext: certificates.forName(''),
      SNICallback: (name, done) => done(null, certificates.forName(name)),
    });
    stream.on('error', () => stream.destroy());
    return stream;
  }

  #http(): Server {
    if (!this.#server) {
      this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 0 }, (request, response) => {
        response.sendDate = false;
        void this.#serve(request, response).catch(() => response.destroy());
      });
      this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        const found = this.#decide(request);
        if (found?.action.Type === 'forward') {
          void forwardUpgrade(found, request, socket, head);
        } else {
          socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        }
      });
      this.#server.on('clientError', (_error, socket: Duplex) =>
        socket.writable
          ? socket.end('HTTP/1.1 400 Bad Request\r\nServer: awselb/2.0\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
          : socket.destroy(),
      );
    }
    return this.#server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const now = this.#context.clock.now();
    const found = this.#decide(request);
    if (!found) {
      response.destroy();
      return;
    }
    const { action, listener } = found;
    switch (action.Type) {
      case 'forward':
        await forwardRequest(found, request, response);
        return;
      case 'redirect':
        sendRedirect(request, response, action, { protocol: listener.Protocol ?? 'HTTP', port: listener.Port ?? 80 }, now);
        return;
      case 'fixed-response':
        sendFixed(response, action, now);
        return;
      default:
        // Logins at an identity provider are not simulated.
        sendError(response, 500, now);
    }
  }

  /** What is to be done with a request. Undefined when its listener is gone. */
  #decide(request: IncomingMessage): Forwarding | undefined {
    const origin = this.#origins.get(request.socket);
    const listener = origin && elbTables(this.#context.tables).listeners.get(keyOf(origin.listenerArn));
    if (!origin || !listener) {
      return undefined;
    }
    const action = this.#actionFor(request, listener);
    return action && { context: this.#context, world: this.#world, endpoint: origin.endpoint, listener, action };
  }

  #actionFor(request: IncomingMessage, listener: Listener): Action | undefined {
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const seen = {
      method: request.method ?? 'GET',
      host: request.headers.host ?? '',
      path,
      query: new URLSearchParams(query),
      header: (name: string) => {
        const value = request.headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      },
      sourceAddress: request.socket.remoteAddress ?? '',
    };
    const rule = rulesOfListener(this.#context.tables, listener.ListenerArn ?? '').find((one) => meets(one.Conditions, seen));
    // The last action is the one that answers; those before it are logins.
    return (rule?.Actions ?? listener.DefaultActions)?.at(-1);
  }
}
