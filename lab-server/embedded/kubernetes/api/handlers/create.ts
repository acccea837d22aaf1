// Creates an object from the body.
import { readObjectBody } from '../http/decode.ts';
import { type Answer, type ResourceRequest, writeContext } from '../http/request.ts';
import { createObject } from '../objects/create.ts';
import { shown } from './shown.ts';

export async function handleCreate(request: ResourceRequest): Promise<Answer> {
  const { core, resource, info } = request;
  const context = writeContext(request);
  const object = await readObjectBody(request);
  const entry = createObject(core, resource, info.namespace, object, context);
  return shown(request, entry, 201);
}
