// The scale subresource (autoscaling/v1): the number of replicas of anything that has one.
import { cloneJson, isJsonObject as isObject, type JsonObject } from '../decode/json.ts';
import { badRequest, invalid, staleObject, unsupportedMediaType } from '../errors.ts';
import { parseBody, parseJson, readBody } from '../http/body.ts';
import { type Answer, type ResourceRequest, writeContext } from '../http/request.ts';
import { contentType } from '../negotiate.ts';
import { existing, updateObject } from '../objects/update.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import type { KubernetesObject } from '../../types.ts';
import { readDotted, selectorText, writeDotted } from '../../values/index.ts';
import { invalid as invalidField } from '../../validation/field-errors.ts';

interface Scale {
  kind: 'Scale';
  apiVersion: 'autoscaling/v1';
  metadata: JsonObject;
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

export async function handleScale(request: ResourceRequest): Promise<Answer> {
  const { core, resource, info, message } = request;
  const stored = resource.fromStored(existing(core, resource, info.namespace, info.name).object);
  const current = scaleOf(request, stored);
  if (info.verb === 'get') {
    return { code: 200, body: current };
  }
  const body = await readBody(message);
  let wanted: unknown;
  if (info.verb === 'update') {
    wanted = (await parseBody(message, body, core.schema.model('V1Scale'))).value;
  } else {
    const { value } = parseJson(body.toString('utf8'));
    switch (contentType(message.headers['content-type'])) {
      case 'application/json-patch+json':
        wanted = applyJsonPatch(current, value);
        break;
      case 'application/merge-patch+json':
      case 'application/strategic-merge-patch+json':
      case 'application/apply-patch+yaml':
        wanted = applyMergePatch(current, value);
        break;
      default:
        throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']);
    }
  }
  const replicas = replicasOf(wanted);
  const { resourceVersion } = isObject(wanted) && isObject(wanted.metadata) ? wanted.metadata : {};
  if (resourceVersion && resourceVersion !== stored.metadata.resourceVersion) {
    throw staleObject(resource.name, info.name);
  }
  if (replicas < 0) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, info.name, [
      invalidField('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  }
  const next = cloneJson(stored);
  writeDotted(next, scalePaths(request).specReplicas, replicas);
  const entry = updateObject(core, resource, info.namespace, info.name, next, writeContext(request), { subresource: 'scale' });
  return { code: 200, body: scaleOf(request, resource.fromStored(entry.object)), isWrite: true };
}

function replicasOf(wanted: unknown): number {
  if (!isObject(wanted) || (wanted.kind !== undefined && wanted.kind !== 'Scale')) {
    throw badRequest('the object provided is unrecognized (must be of type Scale)');
  }
  const spec = wanted.spec ?? {};
  const replicas = isObject(spec) ? (spec.replicas ?? 0) : undefined;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`,
    );
  }
  return replicas;
}

function scaleOf(request: ResourceRequest, object: KubernetesObject): Scale {
  const paths = scalePaths(request);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = readDotted(object, paths.specReplicas);
  const selector = readDotted(object, paths.selector);
  const status: Scale['status'] = { replicas: (readDotted(object, paths.statusReplicas) as number | undefined) ?? 0 };
  const text = selectorOf(selector);
  if (text !== '') {
    status.selector = text;
  }
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    // Go leaves a zero out.
    spec: replicas ? { replicas: replicas as number } : {},
    status,
  };
}

function scalePaths({ resource }: ResourceRequest): { specReplicas: string; statusReplicas: string; selector: string } {
  const { scale } = resource.definition.subresources ?? {};
  if (!scale) {
    throw badRequest(`${resource.plural} have no scale`);
  }
  return scale;
}

/** A structured selector, a plain map of labels, or a text, as text. */
function selectorOf(selector: unknown): string {
  if (typeof selector === 'string') {
    return selector;
  }
  if (!isObject(selector)) {
    return '';
  }
  const isStructured = 'matchLabels' in selector || 'matchExpressions' in selector;
  return selectorText(isStructured ? selector : { matchLabels: selector as Record<string, string> });
}
