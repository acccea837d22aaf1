// The proxy subresources of pods and services: an HTTP request passed on into the cluster, and its answer passed back.
import { request as sendRequest, type IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import type { ServerResponse } from 'node:http';
import type { Pod, Service } from '../../types.ts';
import { ApiError, badRequest } from '../errors.ts';
import type { ResourceRequest } from '../http/request.ts';
import { existing } from '../objects/update.ts';
import type { ApiServices } from '../services.ts';

/** Headers that concern one connection, or who asks, and go no further. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Resolves when the answer has been passed back. Throws ApiError where nobody answers. */
export async function proxyRequest(services: ApiServices, request: ResourceRequest, response: ServerResponse): Promise<void> {
  const { address, port } = targetOf(request);
  let connection: Duplex;
  try {
    connection = await services.connect(address, port);
  } catch (error) {
    const why = `error trying to reach service: dial tcp ${address}:${port}: ${reasonOf(error)}`;
    throw new ApiError(503, 'ServiceUnavailable', why);
  }
  await new Promise<void>((resolve, reject) => {
    const { message, info, query } = request;
    const search = query.size > 0 ? `?${query.toString()}` : '';
    const path = `/${info.rest.map(encodeURIComponent).join('/')}${info.path.endsWith('/') && info.rest.length > 0 ? '/' : ''}${search}`;
    const sending = sendRequest(
      {
        createConnection: () => connection as never,
        method: message.method ?? 'GET',
        path,
        headers: { ...forwarded(message.headers), host: `${address}:${port}` },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, forwarded(answer.headers));
        pipeline(answer, response, () => resolve());
      },
    );
    sending.on('error', (error) => {
      connection.destroy();
      reject(new ApiError(503, 'ServiceUnavailable', `error trying to reach service: ${error.message}`));
    });
    pipeline(message, sending, () => undefined);
  });
}

function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_FORWARDED.has(name)));
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNREFUSED' ? 'connect: connection refused' : code === 'ETIMEDOUT' ? 'i/o timeout' : 'connect: no route to host';
}

/** Where `name`, `name:port` or `scheme:name:port` leads. */
function targetOf({ core, resource, info }: ResourceRequest): { address: string; port: number } {
  const parts = info.name.split(':');
  const [name = '', wanted] = parts.length === 3 ? parts.slice(1) : parts;
  const object = resource.fromStored(existing(core, resource, info.namespace, name).object);
  if (resource.table === 'services') {
    const { clusterIP = '', ports = [] } = (object as Service).spec ?? {};
    const port = wanted ? ports.find((one) => one.name === wanted || String(one.port) === wanted) : ports[0];
    if (!port || clusterIP === '' || clusterIP === 'None') {
      throw new ApiError(503, 'ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`);
    }
    return { address: clusterIP, port: port.port };
  }
  const { spec, status } = object as Pod;
  const port = wanted === undefined ? spec?.containers[0]?.ports?.[0]?.containerPort : Number(wanted);
  if (!status?.podIP) {
    throw badRequest(`address not allowed`);
  }
  return { address: status.podIP, port: Number.isInteger(port) ? (port as number) : 80 };
}
