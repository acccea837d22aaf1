// Writes to a cluster's API: what a driver makes for a lab and takes away again. State is read through KubernetesState.
import * as http from 'node:http';
import * as https from 'node:https';
import { z } from 'zod';
import { DocksideError, messageOf } from '../../base/index.ts';
import type { KubernetesEndpoint } from '../kubernetes-state.ts';

/** An object as it is sent and answered. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

export interface ApiAnswer {
  status: number;
  body: unknown;
}

const statusSchema = z.object({ message: z.string() });
/** An API server that has not answered by then will not: a proxy in between dropped the request. */
const ANSWER_DEADLINE_MS = 30_000;

/** The cluster refused, or could not be reached. `httpStatus` is absent in the latter case. */
export class ClusterRefusal extends DocksideError {
  readonly httpStatus: number | undefined;
  constructor(message: string, httpStatus?: number, cause?: unknown) {
    super('CLUSTER_REFUSED', message, { status: 502, cause });
    this.httpStatus = httpStatus;
  }
}

export class ClusterApi {
  readonly #endpoint: KubernetesEndpoint;

  constructor(endpoint: KubernetesEndpoint) {
    this.#endpoint = endpoint;
  }

  /** Sends one request. Rejects with ClusterRefusal when there is no answer; any answer is returned. */
  async request(method: string, path: string, body?: object): Promise<ApiAnswer> {
    const { headers, ...tls } = await this.#endpoint.credentials().catch((error: unknown) => {
      throw new ClusterRefusal(`the kubeconfig's credentials could not be had: ${messageOf(error)}`, undefined, error);
    });
    const url = new URL(this.#endpoint.server.replace(/\/$/, '') + path);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    return new Promise((resolve, reject) => {
      const call = (url.protocol === 'https:' ? https : http).request(url, {
        ...tls,
        method,
        signal,
        agent: false,
        headers: {
          accept: 'application/json',
          'user-agent': 'dockside',
          ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...headers,
        },
      });
      const unreachable = (error: Error): void =>
        reject(new ClusterRefusal(`the cluster at ${url.origin} cannot be reached: ${messageOf(error)}`, undefined, error));
      call.on('error', unreachable);
      call.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', unreachable);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks)) }));
      });
      call.end(text);
    });
  }

  /** The answer's body. Rejects with ClusterRefusal on every status that is not a success. */
  async expect(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300) {
      throw refusalOf(`${method} ${path}`, answer);
    }
    return answer.body;
  }

  /** Makes an object unless it is there. */
  async ensure(collection: string, object: ApiObject): Promise<void> {
    const answer = await this.request('POST', collection, object);
    if (answer.status >= 300 && answer.status !== 409) {
      throw refusalOf(`${object.kind} ${object.metadata.name}`, answer);
    }
  }
}

function refusalOf(what: string, { status, body }: ApiAnswer): ClusterRefusal {
  const told = statusSchema.safeParse(body);
  return new ClusterRefusal(`the cluster refused ${what}: ${told.success ? told.data.message : `status ${status}`}`, status);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
