// The HTTP server as a Fastify app: borders first, then the API, the stream, and the site.
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import websocket from '@fastify/websocket';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Clock } from '../base/index.ts';
import { DocksideError } from '../base/index.ts';
import type { Labs } from '../labs/index.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/index.ts';
import type { Store } from '../store/index.ts';
import { type Borders, checkHost } from './borders.ts';
import { limitConnections } from './connections.ts';
import { answerError } from './error-answers.ts';
import { createMetrics } from './metrics.ts';
import { describeApi } from './openapi.ts';
import type { Chapter } from '../progress/index.ts';
import { archiveRoutes } from './routes/archive.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { fileRoutes } from './routes/files.ts';
import { labRoutes } from './routes/labs.ts';
import { progressRoutes } from './routes/progress.ts';
import { register } from './routes/route.ts';
import { solutionRoutes } from './routes/solution.ts';
import { commonHeaders, dataPolicy } from './security-headers.ts';
import { serveSite } from './site.ts';
import { addStreamRoute } from './stream-route.ts';

interface ConnectionLimits {
  connectionsPerAddress: number;
  headersTimeoutMs: number;
  requestTimeoutMs: number;
}

export interface AppOptions {
  labs: Labs;
  store: Store;
  clock: Clock;
  cookieSecret: Buffer;
  siteFolder: string;
  /** The chapters that certificates are given for. */
  chapters?: readonly Chapter[];
  borders: Borders;
  trustProxy: boolean;
  log: FastifyBaseLogger;
  /** Other limits than the usual ones, for tests. */
  limits?: Partial<ConnectionLimits>;
  /** Whether the labs of before a restart have been looked at. */
  isReady(): boolean;
}

/** Largest body: a file of the workspace. */
const BODY_LIMIT = 2 * 1024 * 1024;
/** API requests a minute from one address, all routes together; a page in lively use makes about a hundred. */
const REQUESTS_PER_MINUTE = 1200;
/** A client gets this long to send a request, the upload of an archive included; slower ones are cut off. */
const REQUEST_TIMEOUT_MS = 120_000;
/** The head of a request is small: it comes at once, or not from a browser. */
const HEADERS_TIMEOUT_MS = 15_000;

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { labs, store, borders } = options;
  const headersTimeout = options.limits?.headersTimeoutMs ?? HEADERS_TIMEOUT_MS;
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: options.limits?.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    http: { headersTimeout, connectionsCheckingInterval: headersTimeout / 3 },
    trustProxy: options.trustProxy,
    routerOptions: { maxParamLength: 2048 },
    forceCloseConnections: true,
    return503OnClosing: true,
  });
  // Behind a proxy every connection is the proxy's: there it is the proxy that counts clients.
  if (!options.trustProxy) {
    limitConnections(app.server, options.limits?.connectionsPerAddress);
  }
  const metrics = createMetrics(() => labs.counts);

  app.setErrorHandler(answerError);
  // Before every other hook: it marks upgrades, so that a refused one ends its connection.
  await app.register(websocket, {
    // One byte more than the protocol takes, so that the stream can say why it closes; beyond the double nothing is even buffered.
    options: { maxPayload: MAX_MESSAGE_BYTES * 2, perMessageDeflate: false },
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(commonHeaders).header('content-security-policy', dataPolicy);
    checkHost(borders, request);
  });
  app.addHook('onResponse', async (request, reply) => {
    metrics.observeRequest(request.routeOptions.url ?? 'none', request.method, reply.statusCode, reply.elapsedTime / 1000);
  });

  await app.register(cookie, { secret: options.cookieSecret });
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const ready = options.isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'taking up labs' });
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));

  await app.register(async (api) => {
    await api.register(rateLimit, {
      max: REQUESTS_PER_MINUTE,
      timeWindow: '1 minute',
      errorResponseBuilder: (_request, { after }) =>
        new DocksideError('TOO_MANY_REQUESTS', `Too many requests; the server takes more in ${after}.`, { status: 429 }),
    });
    // Bodies are parsed by content type alone: JSON by Fastify, anything else stays bytes.
    api.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    api.addContentTypeParser(['application/gzip', 'application/x-gzip'], (_request, body, done) => done(null, body));
    const routes = [
      ...labRoutes,
      ...fileRoutes,
      ...archiveRoutes,
      ...solutionRoutes,
      ...progressRoutes,
      ...certificateRoutes(options.chapters ?? []),
    ];
    routes.forEach((route) => register(api, route, { labs, store }, borders));
    const description = describeApi(routes);
    api.get('/api/openapi.json', () => description);
    addStreamRoute(api, { labs, borders, clock: options.clock, metrics });
  });
  await serveSite(app, options.siteFolder);
  return app;
}
