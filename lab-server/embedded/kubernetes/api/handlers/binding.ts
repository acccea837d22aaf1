// The binding subresource over HTTPS, for schedulers of the learner's own.
import { isJsonObject } from '../decode/json.ts';
import { badRequest } from '../errors.ts';
import { parseBody, readBody } from '../http/body.ts';
import { type Answer, type ResourceRequest, writeContext } from '../http/request.ts';
import { bindPod } from '../objects/bind.ts';

export async function handleBinding(request: ResourceRequest): Promise<Answer> {
  const { core, resource, info, message } = request;
  const { value } = await parseBody(message, await readBody(message), core.schema.model('V1Binding'));
  const target = isJsonObject(value) && isJsonObject(value.target) ? value.target : undefined;
  if (!target || typeof target.name !== 'string' || target.name === '') {
    throw badRequest('Binding in version "v1" cannot be handled as a Binding: target.name: Required value');
  }
  const metadata = isJsonObject(value) && isJsonObject(value.metadata) ? value.metadata : {};
  const uid = typeof metadata.uid === 'string' ? metadata.uid : undefined;
  bindPod(core, resource, info.namespace ?? '', info.name, { node: target.name, ...(uid !== undefined && { uid }) }, writeContext(request));
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, isWrite: true };
}
