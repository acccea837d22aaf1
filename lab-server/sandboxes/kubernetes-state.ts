// A cluster's state as JSON, for checks and the topology view; the same code for simulated and real clusters, which differ in the endpoint alone.
import * as http from 'node:http';
import * as https from 'node:https';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { AsyncQueue, type Clock, DocksideError, messageOf } from '../base/index.ts';
import type { PlatformState, StateChange, StateDocument, StateQuery } from './sandbox.ts';

/** Where a cluster's API is and how to be let in. */
export interface KubernetesEndpoint {
  /** `https://host:port`, with a path prefix where a proxy needs one; `http:` for a proxy on this machine (`kubectl proxy`). */
  server: string;
  /** TLS options and headers of one request: client certificate, bearer token, CA. Asked for each request, since tokens expire. */
  credentials(): Promise<
    Pick<https.RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'> & { headers?: Readonly<Record<string, string>> }
  >;
}

type KubernetesQuery = Extract<StateQuery, { platform: 'kubernetes' }>;

const resourceListSchema = z.object({ resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })) });
const documentSchema = z.record(z.string(), z.unknown());
const listSchema = z.object({ metadata: z.object({ resourceVersion: z.string().default('') }), items: z.array(documentSchema).nullable() });
const eventSchema = z.object({ type: z.string(), object: documentSchema });
const identitySchema = z.object({ metadata: z.object({ uid: z.string().default(''), resourceVersion: z.string().default('') }) });

/** More changes than this waiting for one reader means that the reader is stuck. */
const MAX_WAITING_CHANGES = 10_000;
/** Pause before a broken watch is opened again, doubled each time up to the maximum. */
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 10_000;

/** The sandbox's API refused, or could not be reached. `status` of the answer is in `httpStatus`. */
export class StateError extends DocksideError {
  readonly httpStatus: number | undefined;
  constructor(message: string, httpStatus?: number, cause?: unknown) {
    super('SANDBOX_STATE_UNREADABLE', message, { status: 502, cause });
    this.httpStatus = httpStatus;
  }
}

export class KubernetesState implements PlatformState, Disposable {
  readonly #endpoint: KubernetesEndpoint;
  readonly #clock: Clock;
  readonly #agent: http.Agent;
  /** Resource names by kind, for each apiVersion asked about. */
  readonly #discovered = new Map<string, Promise<z.infer<typeof resourceListSchema>['resources']>>();

  constructor(endpoint: KubernetesEndpoint, clock: Clock) {
    this.#endpoint = endpoint;
    this.#clock = clock;
    const { Agent } = endpoint.server.startsWith('https:') ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 32 });
  }

  async read(query: StateQuery, signal: AbortSignal): Promise<StateDocument[]> {
    const wanted = kubernetesOnly(query);
    const { items } = await this.#list(wanted, signal);
    return items;
  }

  async *changes(query: StateQuery, signal: AbortSignal): AsyncGenerator<StateChange, void, undefined> {
    const wanted = kubernetesOnly(query);
    // What the reader was told of, by uid, so that a new list after a gap turns into changes.
    const known = new Map<string, { version: string; document: StateDocument }>();
    let resourceVersion = '';
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        if (resourceVersion === '') {
          const list = await this.#list(wanted, signal);
          yield* differences(known, list.items);
          ({ resourceVersion } = list);
        }
        for await (const change of this.#watch(wanted, resourceVersion, signal)) {
          retryMs = FIRST_RETRY_MS;
          if (change.type === 'BOOKMARK') {
            resourceVersion = identify(change.object).version;
            continue;
          }
          const { uid, version } = identify(change.object);
          resourceVersion = version;
          if (change.type === 'DELETED') {
            known.delete(uid);
          } else {
            known.set(uid, { version, document: change.object });
          }
          if (change.type === 'ADDED' || change.type === 'MODIFIED' || change.type === 'DELETED') {
            yield { type: change.type, document: change.object };
          }
        }
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        if (
          error instanceof StateError &&
          error.httpStatus !== undefined &&
          error.httpStatus !== 410 &&
          error.httpStatus < 500 &&
          error.httpStatus !== 429
        ) {
          throw error;
        }
        // The version is too old, or the connection broke: list again after a pause.
        resourceVersion = '';
        await this.#clock.sleep(retryMs, signal).catch(() => {});
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      }
    }
  }

  /** Closes idle connections. */
  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #list(query: KubernetesQuery, signal: AbortSignal): Promise<{ items: StateDocument[]; resourceVersion: string }> {
    const path = await this.#path(query, signal);
    if (path === undefined) {
      return { items: [], resourceVersion: '' };
    }
    const body = await readJson(await this.#get(path, signal));
    const list = listSchema.parse(body);
    // Items of a list carry no apiVersion and kind of their own.
    const items = (list.items ?? []).map((item) => ({ apiVersion: query.apiVersion, kind: query.kind, ...item }));
    return { items, resourceVersion: list.metadata.resourceVersion };
  }

  async *#watch(query: KubernetesQuery, resourceVersion: string, signal: AbortSignal): AsyncGenerator<z.infer<typeof eventSchema>> {
    const path = await this.#path(query, signal);
    if (path === undefined) {
      throw new StateError(`the cluster has no ${query.kind} in ${query.apiVersion}`, 404);
    }
    const separator = path.includes('?') ? '&' : '?';
    const stream = `${path}${separator}watch=true&allowWatchBookmarks=true&resourceVersion=${encodeURIComponent(resourceVersion)}`;
    const response = await this.#get(stream, signal);
    using queue = new AsyncQueue<string>(MAX_WAITING_CHANGES, signal);
    const lines = createInterface({ input: response, crlfDelay: Infinity });
    lines.on('line', (line) => queue.push(line));
    lines.on('close', () => queue.close());
    response.on('error', (error) => queue.fail(error));
    // The reader of lines passes the error on, and a second time it would be nobody's: that ends the process.
    lines.on('error', (error: Error) => queue.fail(error));
    try {
      for await (const line of queue) {
        if (line === '') {
          continue;
        }
        const event = eventSchema.parse(JSON.parse(line));
        if (event.type === 'ERROR') {
          const code = typeof event.object.code === 'number' ? event.object.code : 500;
          throw new StateError(`the watch of ${query.kind} ended: ${String(event.object.message)}`, code);
        }
        yield event;
      }
    } finally {
      lines.close();
      response.destroy();
    }
  }

  async #path(query: KubernetesQuery, signal: AbortSignal): Promise<string | undefined> {
    const base = query.apiVersion.includes('/') ? `/apis/${query.apiVersion}` : `/api/${query.apiVersion}`;
    let discovery = this.#discovered.get(base);
    if (!discovery) {
      discovery = this.#discover(base, signal);
      this.#discovered.set(base, discovery);
      discovery.catch(() => this.#discovered.delete(base));
    }
    const resource = (await discovery).find((candidate) => candidate.kind === query.kind && !candidate.name.includes('/'));
    if (!resource) {
      return undefined;
    }
    const parameters = new URLSearchParams();
    if (query.name !== undefined) {
      parameters.set('fieldSelector', `metadata.name=${query.name}`);
    }
    if (query.labelSelector !== undefined) {
      parameters.set('labelSelector', query.labelSelector);
    }
    const namespace = resource.namespaced && query.namespace !== undefined ? `/namespaces/${encodeURIComponent(query.namespace)}` : '';
    return `${base}${namespace}/${resource.name}${parameters.size > 0 ? `?${parameters.toString()}` : ''}`;
  }

  async #discover(base: string, signal: AbortSignal): Promise<z.infer<typeof resourceListSchema>['resources']> {
    try {
      return resourceListSchema.parse(await readJson(await this.#get(base, signal))).resources;
    } catch (error) {
      // A group the cluster does not serve holds nothing.
      if (error instanceof StateError && error.httpStatus === 404) {
        return [];
      }
      throw error;
    }
  }

  async #get(path: string, signal: AbortSignal): Promise<http.IncomingMessage> {
    const credentials = await this.#endpoint.credentials();
    const url = new URL(this.#endpoint.server.replace(/\/$/, '') + path);
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const { request } = url.protocol === 'https:' ? https : http;
      const call = request(url, {
        ...credentials,
        agent: this.#agent,
        signal,
        headers: { accept: 'application/json', 'user-agent': 'dockside', ...credentials.headers },
      });
      call.on('response', resolve);
      call.on('error', (error) =>
        reject(signal.aborted ? error : new StateError(`the cluster cannot be reached: ${messageOf(error)}`, undefined, error)),
      );
      call.end();
    });
    const status = response.statusCode ?? 0;
    if (status !== 200) {
      const body = documentSchema.safeParse(await readJson(response).catch(() => ({})));
      const message = body.success && typeof body.data.message === 'string' ? body.data.message : `status ${status}`;
      throw new StateError(`the cluster refused ${path}: ${message}`, status);
    }
    return response;
  }
}

function kubernetesOnly(query: StateQuery): KubernetesQuery {
  if (query.platform !== 'kubernetes') {
    throw new DocksideError('SANDBOX_WRONG_PLATFORM', `A Kubernetes sandbox was asked for ${query.platform} state.`);
  }
  return query;
}

async function readJson(response: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}

function identify(document: StateDocument): { uid: string; version: string } {
  const { metadata } = identitySchema.parse(document);
  return { uid: metadata.uid, version: metadata.resourceVersion };
}

function* differences(
  known: Map<string, { version: string; document: StateDocument }>,
  items: readonly StateDocument[],
): Generator<StateChange> {
  const present = new Set<string>();
  for (const document of items) {
    const { uid, version } = identify(document);
    present.add(uid);
    const before = known.get(uid);
    known.set(uid, { version, document });
    if (before?.version !== version) {
      yield { type: before ? 'MODIFIED' : 'ADDED', document };
    }
  }
  for (const [uid, { document }] of known) {
    if (!present.has(uid)) {
      known.delete(uid);
      yield { type: 'DELETED', document };
    }
  }
}
