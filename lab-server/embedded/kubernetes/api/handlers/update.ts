// Replaces an object, or its status, by the body.
import { readObjectBody } from '../http/decode.ts';
import { type Answer, type ResourceRequest, writeContext } from '../http/request.ts';
import { keyOf } from '../../storage/index.ts';
import { badRequest } from '../errors.ts';
import { createObject } from '../objects/create.ts';
import { updateThrough } from '../objects/update.ts';
import { shown } from './shown.ts';

export async function handleUpdate(request: ResourceRequest): Promise<Answer> {
  const { core, resource, info } = request;
  const context = writeContext(request);
  const object = await readObjectBody(request);
  if (object.metadata.name === undefined || object.metadata.name === '') {
    throw badRequest('name must be provided');
  }
  const isNew = !core.store.table(resource.table).get(keyOf(resource.namespaced ? info.namespace : undefined, info.name));
  if (isNew && resource.definition.createsOnUpdate && info.subresource === '') {
    return shown(request, createObject(core, resource, info.namespace, object, context), 201);
  }
  return shown(request, updateThrough(core, resource, info.namespace, info.name, info.subresource, object, context), 200);
}
