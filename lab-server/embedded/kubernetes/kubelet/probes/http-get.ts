// An HTTP GET over the simulated network, from the node as the kubelet sends it.
import { request as httpRequest } from 'node:http';
import { connect as tlsConnect } from 'node:tls';
import type { Duplex } from 'node:stream';
import type * as models from '@kubernetes/client-node';
import { quietConnection } from './quiet-connection.ts';
import type { NetworkEndpoint } from '../../../runtime/runtime.ts';
import type { Wire } from '../../types.ts';
import type { ContainerSpec } from '../kinds.ts';

const MAX_BODY_BYTES = 10_240;

export interface HttpTarget {
  scheme: 'http' | 'https';
  host: string;
  port: number;
  path: string;
  headers: Record<string, string>;
}

export function httpTargetOf(action: Wire<models.V1HTTPGetAction>, spec: ContainerSpec, address: string): HttpTarget {
  const path = action.path ?? '/';
  const headers: Record<string, string> = {};
  for (const { name, value } of action.httpHeaders ?? []) {
    headers[name] = value;
  }
  return {
    scheme: action.scheme?.toLowerCase() === 'https' ? 'https' : 'http',
    host: action.host ?? address,
    port: portNumber(action.port, spec),
    path: path.startsWith('/') ? path : `/${path}`,
    headers,
  };
}

/** A port by number or by its name among the container's ports; 0 where there is none of that name. */
export function portNumber(port: number | string, spec: ContainerSpec): number {
  if (typeof port === 'number') {
    return port;
  }
  const named = spec.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? (/^\d+$/.test(port) ? Number(port) : 0);
}

export function urlOf({ scheme, host, port, path }: HttpTarget): string {
  return `${scheme}://${host}:${port}${path}`;
}

/** Rejects with the network's error when there is no answer. */
export async function httpGet(from: NetworkEndpoint, target: HttpTarget, signal: AbortSignal): Promise<{ status: number; body: string }> {
  const raw = quietConnection(await from.connect(target.host, target.port, signal));
  const connection: Duplex = target.scheme === 'https' ? tlsConnect({ socket: raw, rejectUnauthorized: false }) : raw;
  try {
    return await exchange(connection, target, signal);
  } finally {
    connection.destroy();
    raw.destroy();
  }
}

function exchange(connection: Duplex, target: HttpTarget, signal: AbortSignal): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'User-Agent': 'kube-probe/1.36',
      Accept: '*/*',
      Connection: 'close',
      Host: `${target.host}:${target.port}`,
      ...target.headers,
    };
    // No `agent` here, not even false: with one, Node would ignore the connection and dial the machine's own network.
    const request = httpRequest({ createConnection: () => connection, method: 'GET', path: target.path, headers, signal });
    request.on('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        if (size < MAX_BODY_BYTES) {
          chunks.push(chunk);
          size += chunk.length;
        }
      });
      response.on('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
    });
    request.end();
  });
}
