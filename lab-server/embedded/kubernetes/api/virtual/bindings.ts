// The old way to bind a pod: a Binding posted to the namespace, named after the pod.
import { badRequest } from '../errors.ts';
import { readObjectBody } from '../http/decode.ts';
import { type Answer, type ResourceRequest, writeContext } from '../http/request.ts';
import { bindPod } from '../objects/bind.ts';
import type { ApiServices } from '../services.ts';

export async function createBinding({ core }: ApiServices, request: ResourceRequest): Promise<Answer> {
  const binding = (await readObjectBody(request)) as unknown as { metadata: { name?: string; uid?: string }; target?: { name?: string } };
  const pods = core.registry.find('', 'v1', 'pods');
  if (!pods || !binding.metadata.name || !binding.target?.name) {
    throw badRequest('Binding in version "v1" cannot be handled as a Binding: metadata.name and target.name are required');
  }
  bindPod(
    core,
    pods,
    request.info.namespace ?? '',
    binding.metadata.name,
    { node: binding.target.name, ...(binding.metadata.uid !== undefined && { uid: binding.metadata.uid }) },
    writeContext(request),
  );
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, isWrite: true };
}
