// The cluster's ingress controller: answers on ports 80 and 443 of the first node while there is an ingress class for it, and passes requests on
// to the Services that ingresses name.
import { createServer, type IncomingMessage, request as sendRequest, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { randomBytes } from 'node:crypto';
import { type Duplex, pipeline } from 'node:stream';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { KeyAndCertificate } from '../../../runtime/certificates/certificates.ts';
import { type ClusterClient, kindRef } from '../../cluster-client.ts';
import type { Endpoints, Secret, Service } from '../../types.ts';
import { INGRESS, INGRESS_CLASS, INGRESS_CONTROLLER, type Ingress, isServed } from './ingress-class.ts';
import { findRoute, redirectsToHttps, type Route } from './routes.ts';

const SERVICE = kindRef<Service>('v1', 'Service');
const ENDPOINTS = kindRef<Endpoints>('v1', 'Endpoints');
const SECRET = kindRef<Secret>('v1', 'Secret');
const PORTS = [80, 443] as const;

export interface IngressRouterOptions {
  client: ClusterClient;
  /** Has the first node accept connections, and makes the port known to whoever may reach it. */
  listen(port: number, accept: (connection: Duplex) => void): Disposable;
  /** Connects from the first node. */
  connect(address: string, port: number): Promise<Duplex>;
  /** Shown to clients for hosts that have no certificate of their own; made when it is first needed. */
  fakeCertificate(): KeyAndCertificate;
}

export class IngressRouter implements Disposable {
  readonly #options: IngressRouterOptions;
  readonly #watch: Disposable;
  #servers: DisposableStack | undefined;

  constructor(options: IngressRouterOptions) {
    this.#options = options;
    this.#watch = options.client.watch(INGRESS_CLASS, () => this.#classesChanged());
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#servers?.dispose();
  }

  #classesChanged(): void {
    const wanted = this.#options.client.list(INGRESS_CLASS).some(({ spec }) => spec?.controller === INGRESS_CONTROLLER);
    if (wanted && !this.#servers) {
      this.#servers = new DisposableStack();
      for (const port of PORTS) {
        this.#serve(this.#servers, port);
      }
    } else if (!wanted) {
      this.#servers?.dispose();
      this.#servers = undefined;
    }
  }

  #serve(servers: DisposableStack, port: 80 | 443): void {
    const isSecure = port === 443;
    const answer = (message: IncomingMessage, response: ServerResponse): void => {
      response.on('error', () => response.destroy());
      this.#answer(message, response, isSecure).catch(() => page(response, 502, 'Bad Gateway'));
    };
    let server: Server | undefined;
    const open = (): Server =>
      isSecure
        ? createSecureServer({ ...this.#fake(), SNICallback: (name, done) => done(null, this.#certificateFor(name)) }, answer)
        : createServer(answer);
    servers.use(
      this.#options.listen(port, (connection) => {
        connection.on('error', () => connection.destroy());
        // Not before somebody comes: making a certificate takes a moment.
        server ??= open();
        server.emit('connection', connection);
      }),
    );
    servers.defer(() => server?.closeAllConnections());
  }

  async #answer(message: IncomingMessage, response: ServerResponse, isSecure: boolean): Promise<void> {
    const { client } = this.#options;
    const host = (message.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const ingresses = client.list(INGRESS).filter((ingress) => isServed(client, ingress));
    const route = await findRoute(ingresses, host, message.url ?? '/');
    if (!route) {
      page(response, 404, 'Not Found');
      return;
    }
    if (!isSecure && redirectsToHttps(route)) {
      response.setHeader('Location', `https://${host}${message.url ?? '/'}`);
      page(response, 308, 'Permanent Redirect');
      return;
    }
    const backend = this.#backendOf(route);
    if (!backend) {
      page(response, 503, 'Service Temporarily Unavailable');
      return;
    }
    const connection = await this.#options.connect(backend.address, backend.port);
    await pass(message, response, connection, { path: route.path, host: message.headers.host ?? '', isSecure });
  }

  /** The Service that a route names, when it has somebody to answer. */
  #backendOf({ ingress, backend }: Route): { address: string; port: number } | undefined {
    const { client } = this.#options;
    const { namespace } = ingress.metadata;
    const name = backend.service?.name ?? '';
    const { clusterIP, ports = [] } = client.get(SERVICE, namespace, name)?.spec ?? {};
    const wanted = backend.service?.port;
    const port = ports.find((one) => (wanted?.name ? one.name === wanted.name : one.port === wanted?.number))?.port;
    const isReady = client.get(ENDPOINTS, namespace, name)?.subsets?.some(({ addresses }) => addresses?.length);
    return clusterIP && clusterIP !== 'None' && port !== undefined && isReady ? { address: clusterIP, port } : undefined;
  }

  #fake(): { key: string; cert: string } {
    const { key, certificate } = this.#options.fakeCertificate();
    return { key, cert: certificate };
  }

  /** The certificate that an ingress names for a host. */
  #certificateFor(host: string): SecureContext | undefined {
    const { client } = this.#options;
    const owner = client.list(INGRESS).find((ingress) => isServed(client, ingress) && secretNameFor(ingress, host) !== undefined);
    const secret = owner && client.get(SECRET, owner.metadata.namespace, secretNameFor(owner, host) ?? '');
    const [cert, key] = ['tls.crt', 'tls.key'].map((name) => Buffer.from(secret?.data?.[name] ?? '', 'base64').toString('utf8'));
    try {
      return cert && key ? createSecureContext({ cert, key }) : undefined;
    } catch {
      // As nginx: a certificate that cannot be read is passed over.
      return undefined;
    }
  }
}

function secretNameFor(ingress: Ingress, host: string): string | undefined {
  return ingress.spec?.tls?.find(({ hosts }) => hosts?.includes(host))?.secretName;
}

function pass(
  message: IncomingMessage,
  response: ServerResponse,
  connection: Duplex,
  { path, host, isSecure }: { path: string; host: string; isSecure: boolean },
): Promise<void> {
  const { connection: _, ...headers } = message.headers;
  const from = (message.socket.remoteAddress ?? '192.168.49.1').replace('::ffff:', '');
  const scheme = isSecure ? 'https' : 'http';
  return new Promise((resolve, reject) => {
    const sending = sendRequest(
      {
        createConnection: () => connection as never,
        method: message.method ?? 'GET',
        path,
        headers: {
          ...headers,
          'x-request-id': randomBytes(16).toString('hex'),
          'x-real-ip': from,
          'x-forwarded-for': from,
          'x-forwarded-host': host,
          'x-forwarded-port': isSecure ? '443' : '80',
          'x-forwarded-proto': scheme,
          'x-forwarded-scheme': scheme,
          'x-scheme': scheme,
        },
      },
      (answer) => {
        const { connection: __, 'keep-alive': ___, 'transfer-encoding': ____, ...rest } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, rest);
        pipeline(answer, response, () => resolve());
      },
    );
    sending.on('error', (error) => {
      connection.destroy();
      reject(error);
    });
    pipeline(message, sending, () => undefined);
  });
}

/** nginx's own page. */
function page(response: ServerResponse, code: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const title = `${code} ${text}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  response.writeHead(code, { 'Content-Type': 'text/html', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
