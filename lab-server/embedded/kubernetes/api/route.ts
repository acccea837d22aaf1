// Finds the handler of an authorised request.
import type { ServerResponse } from 'node:http';
import { methodNotAllowed, pathNotFound } from './errors.ts';
import { handleCreate } from './handlers/create.ts';
import { handleDelete, handleDeleteCollection } from './handlers/delete.ts';
import { handleGet } from './handlers/get.ts';
import { handleList } from './handlers/list.ts';
import { handlePatch } from './handlers/patch.ts';
import { handleSubresource } from './handlers/subresource.ts';
import { handleUpdate } from './handlers/update.ts';
import { handleWatch } from './handlers/watch.ts';
import { readBody } from './http/body.ts';
import type { Answer, ApiRequest, ResourceRequest } from './http/request.ts';
import type { ApiServices } from './services.ts';
import { handleStatic } from './static.ts';
import { subresourcesOf } from './subresources.ts';
import { virtualHandler } from './virtual/table.ts';

/** Machines and addons, which are no part of Kubernetes; who may do everything may do that, too. */
export const MACHINE_PATH = '/minikube/v1';

/** The answer; undefined where the handler writes to `response` itself. */
export async function route(services: ApiServices, request: ApiRequest, response: ServerResponse): Promise<Answer | undefined> {
  const { info, message } = request;
  if (!info.isResource && info.path.startsWith(MACHINE_PATH)) {
    return services.machines(message.method ?? 'GET', info.path, (await readBody(message)).toString('utf8'));
  }
  if (!info.isResource) {
    if (message.method !== 'GET' && message.method !== 'HEAD') {
      throw methodNotAllowed(undefined, '');
    }
    return handleStatic(services, request);
  }
  const resource = services.core.registry.find(info.group, info.version, info.resource);
  // A namespaced resource has no single objects outside a namespace, and a cluster-scoped one none inside.
  if (
    !resource ||
    (resource.namespaced
      ? info.namespace === undefined && info.name !== ''
      : info.namespace !== undefined && resource.plural !== 'namespaces')
  ) {
    throw pathNotFound();
  }
  const forResource: ResourceRequest = { ...request, resource };
  if (info.subresource !== '') {
    const subresource = subresourcesOf(resource).find(({ name }) => name === info.subresource);
    if (!subresource) {
      throw pathNotFound();
    }
    if (!subresource.verbs.includes(info.verb)) {
      throw methodNotAllowed(undefined, info.verb);
    }
    return handleSubresource(services, forResource, response);
  }
  // New objects are posted to where there are many, in a namespace.
  const isMisplaced = info.verb === 'create' && (info.name !== '' || (resource.namespaced && info.namespace === undefined));
  if (!resource.verbs.has(info.verb) || isMisplaced) {
    throw methodNotAllowed(undefined, info.verb);
  }
  if (resource.definition.deprecated !== undefined) {
    request.warnings.push(resource.definition.deprecated);
  }
  const virtual = virtualHandler(resource);
  if (virtual) {
    return virtual(services, forResource);
  }
  switch (info.verb) {
    case 'get':
      return handleGet(forResource);
    case 'list':
      return handleList(forResource);
    case 'watch':
      handleWatch(forResource, services.watches, response);
      return undefined;
    case 'create':
      return handleCreate(forResource);
    case 'update':
      return handleUpdate(forResource);
    case 'patch':
      return handlePatch(forResource);
    case 'delete':
      return handleDelete(forResource);
    case 'deletecollection':
      return handleDeleteCollection(forResource);
    default:
      throw methodNotAllowed(undefined, info.verb);
  }
}
