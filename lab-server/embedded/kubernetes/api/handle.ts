// One request from first byte to answer: who is it, what does it ask, may they, then the handler.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { attributesOf, refusal } from './auth/authorize.ts';
import { impersonated } from './auth/impersonate.ts';
import { badRequest } from './errors.ts';
import type { Answer, ApiRequest } from './http/request.ts';
import { failure, respond } from './http/respond.ts';
import { parseRequest } from './request-info.ts';
import { route } from './route.ts';
import { type ApiServices, isStreamingSubresource } from './services.ts';

export async function handleRequest(services: ApiServices, message: IncomingMessage, response: ServerResponse): Promise<void> {
  let request: ApiRequest | undefined;
  try {
    request = admit(services, message);
    const answer = await route(services, request, response);
    if (answer) {
      await settle(services, answer);
      respond(request, response, answer);
    }
  } catch (error) {
    // Who went away in the middle of a request hears no answer, and did nothing that anyone should look into.
    if (!message.complete && message.destroyed) {
      return;
    }
    respond(request, response, failure(error, services.report));
  }
  // A body that nobody read would be taken for the next request.
  message.resume();
}

/** An answer that tells of a write waits until the write is safe. */
async function settle(services: ApiServices, answer: Answer): Promise<void> {
  if (answer.isWrite) {
    await services.core.store.durable();
  }
}

/** Authenticates, reads and authorises a request. Throws ApiError. */
function admit(services: ApiServices, message: IncomingMessage): ApiRequest {
  const sender = services.authenticator.authenticate(message);
  const { path, query } = splitUrl(message.url ?? '/');
  const user = impersonated(services, message, sender);
  const info = parseRequest(message.method ?? 'GET', path, query);
  const attributes = attributesOf(info);
  if (services.authorizer.allows(user, attributes) === undefined) {
    throw refusal(user, attributes);
  }
  return { core: services.core, message, info, query, user, warnings: [] };
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: NO_QUERY } : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

const NO_QUERY = new URLSearchParams();

/** A request to turn the connection into a stream into a container. */
export function handleUpgradeRequest(services: ApiServices, message: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  try {
    const { info, query } = admit(services, message);
    if (info.resource !== 'pods' || info.group !== '' || !isStreamingSubresource(info.subresource)) {
      throw badRequest('this path cannot be upgraded');
    }
    services.streaming.upgrade({
      request: message,
      socket,
      head,
      subresource: info.subresource,
      target: { namespace: info.namespace ?? '', pod: info.name, query },
    });
  } catch (error) {
    const { code, body } = failure(error, services.report);
    const text = JSON.stringify(body);
    socket.end(
      `HTTP/1.1 ${code} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
  }
}
