// A cluster and plain HTTPS to it, as the administrator or as somebody else.
import { Agent, request } from 'node:https';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../../../lab-server/embedded/kubernetes/cluster.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';

export interface HttpAnswer {
  code: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: Record<string, unknown>;
}

export interface HttpOptions {
  body?: string | Buffer | object;
  headers?: Record<string, string>;
  /** Sent instead of the administrator's certificate. */
  token?: string;
  anonymous?: boolean;
}

export class ApiStand implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly errors: unknown[];
  readonly #parts: AsyncDisposableStack;
  readonly #admin: Agent;
  readonly #other: Agent;

  private constructor(cluster: Cluster, errors: unknown[], parts: AsyncDisposableStack) {
    this.cluster = cluster;
    this.errors = errors;
    this.#parts = parts;
    const part = (name: string): Buffer => Buffer.from(new RegExp(`${name}: (.*)`).exec(cluster.adminKubeconfig())?.[1] ?? '', 'base64');
    const ca = part('certificate-authority-data');
    this.#admin = new Agent({ keepAlive: true, ca, cert: part('client-certificate-data'), key: part('client-key-data') });
    this.#other = new Agent({ keepAlive: true, ca });
  }

  static async open(options: Partial<ClusterOptions> = {}): Promise<ApiStand> {
    await using opening = new AsyncDisposableStack();
    const clock = options.clock ?? new SystemClock();
    const runtime = options.runtime ?? opening.use(createRuntime({ clock }));
    const errors: unknown[] = [];
    const cluster = await startCluster({
      clock,
      runtime,
      listen: { host: '127.0.0.1', port: 0 },
      report: (error) => errors.push(error),
      ...options,
    });
    opening.defer(() => cluster.stop());
    return new ApiStand(cluster, errors, opening.move());
  }

  send(method: string, path: string, { body, headers, token, anonymous }: HttpOptions = {}): Promise<HttpAnswer> {
    const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sending = request(
        {
          // Not as a URL, which would tidy the path.
          ...this.#address(),
          path,
          method,
          agent: token !== undefined || anonymous ? this.#other : this.#admin,
          headers: {
            ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
            ...headers,
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            let json: Record<string, unknown> = {};
            try {
              json = JSON.parse(text) as Record<string, unknown>;
            } catch {
              // Not every answer is JSON.
            }
            resolve({ code: answer.statusCode ?? 0, headers: answer.headers, text, json });
          });
        },
      );
      sending.on('error', reject);
      sending.end(payload);
    });
  }

  /** Sends the beginning of a request and goes away. Resolves when the connection is closed. */
  abandon(method: string, path: string, beginning: string): Promise<void> {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': String(beginning.length + 1000) };
      const sending = request({ ...this.#address(), path, method, headers, agent: this.#admin });
      sending.on('error', () => undefined);
      sending.on('close', resolve);
      // Once the server has the beginning in its hands, not before.
      sending.write(beginning, () => setImmediate(() => sending.destroy()));
    });
  }

  #address(): { host: string; port: string } {
    const { hostname, port } = new URL(this.cluster.url);
    return { host: hostname, port };
  }

  /** Opens a watch and collects its events until `isEnough` says so. */
  watch(path: string, isEnough: (events: WatchLine[]) => boolean): Promise<WatchLine[]> {
    return new Promise((resolve, reject) => {
      const events: WatchLine[] = [];
      let rest = '';
      const sending = request({ ...this.#address(), path, agent: this.#admin }, (answer) => {
        answer.on('data', (chunk: Buffer) => {
          const lines = (rest + chunk.toString('utf8')).split('\n');
          rest = lines.pop() ?? '';
          events.push(...lines.map((line) => JSON.parse(line) as WatchLine));
          if (isEnough(events)) {
            sending.destroy();
            resolve(events);
          }
        });
        answer.on('end', () => resolve(events));
        answer.on('error', () => resolve(events));
      });
      sending.on('error', reject);
      sending.end();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#admin.destroy();
    this.#other.destroy();
    await this.#parts.disposeAsync();
  }
}

export interface WatchLine {
  type: string;
  object: {
    kind: string;
    metadata: { name?: string; resourceVersion?: string; annotations?: Record<string, string> };
    [field: string]: unknown;
  };
}

export function aConfigMap(name: string, data: Record<string, string> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}
