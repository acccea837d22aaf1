// Subresources: status, scale, and those of pods, namespaces and service accounts.
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { badRequest, methodNotAllowed, pathNotFound } from '../errors.ts';
import type { Answer, ResourceRequest } from '../http/request.ts';
import { type ApiServices, isStreamingSubresource } from '../services.ts';
import { handleBinding } from './binding.ts';
import { handleEviction } from './eviction.ts';
import { handleGet } from './get.ts';
import { handlePatch } from './patch.ts';
import { proxyRequest } from './proxy.ts';
import { handleScale } from './scale.ts';
import { handleTokenRequest } from './token-request.ts';
import { handleUpdate } from './update.ts';

export async function handleSubresource(
  services: ApiServices,
  request: ResourceRequest,
  response: ServerResponse,
): Promise<Answer | undefined> {
  const { subresource } = request.info;
  switch (subresource) {
    case 'status':
    case 'finalize':
    case 'ephemeralcontainers':
    case 'resize':
    case 'approval':
      return onObject(request);
    case 'scale':
      return handleScale(request);
    case 'binding':
      return handleBinding(request);
    case 'eviction':
      return handleEviction(request);
    case 'token':
      return handleTokenRequest(services, request);
    case 'proxy':
      if (request.resource.table === 'nodes') {
        throw pathNotFound();
      }
      await proxyRequest(services, request, response);
      return undefined;
    case 'log':
      writeLog(services, request, response);
      return undefined;
    default:
      if (isStreamingSubresource(subresource)) {
        throw badRequest('Upgrade request required');
      }
      throw pathNotFound();
  }
}

async function onObject(request: ResourceRequest): Promise<Answer> {
  switch (request.info.verb) {
    case 'get':
      return handleGet(request);
    case 'update':
      return handleUpdate(request);
    case 'patch':
      return handlePatch(request);
    default:
      throw methodNotAllowed(undefined, request.info.verb);
  }
}

function writeLog(services: ApiServices, { info, query }: ResourceRequest, response: ServerResponse): void {
  const log = services.streaming.openLog({ namespace: info.namespace ?? '', pod: info.name, query });
  response.writeHead(200, { 'audit-id': randomUUID(), 'cache-control': 'no-cache, private', 'content-type': 'text/plain' });
  response.flushHeaders();
  // A log that breaks off ends its response; there is no other way to tell once it has begun.
  pipeline(log, response, () => undefined);
}
