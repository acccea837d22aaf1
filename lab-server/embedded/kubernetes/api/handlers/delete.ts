// Deletes one object, or all that a selection names.
import type { DeleteOptions } from '../../cluster-client.ts';
import { isJsonObject } from '../decode/json.ts';
import { badRequest } from '../errors.ts';
import { parseBody, readBody } from '../http/body.ts';
import { type Answer, type ResourceRequest, writeContext } from '../http/request.ts';
import { type Deletion, deleteObject } from '../objects/delete.ts';
import { select } from './list.ts';
import { shown } from './shown.ts';

export async function handleDelete(request: ResourceRequest): Promise<Answer> {
  const { core, resource, info } = request;
  const { options, dryRun } = await deleteOptions(request);
  const context = { ...writeContext(request), ...(dryRun && { dryRun }) };
  const deletion = deleteObject(core, resource, info.namespace, info.name, options, context);
  return deletion.removed ? gone(request, deletion) : shown(request, deletion.entry, 200);
}

export async function handleDeleteCollection(request: ResourceRequest): Promise<Answer> {
  const { core, resource } = request;
  const { options, dryRun } = await deleteOptions(request);
  const context = { ...writeContext(request), ...(dryRun && { dryRun }) };
  const { entries } = select(request);
  const items = [...entries].map((entry) => {
    const { namespace, name = '' } = entry.object.metadata;
    const { entry: last } = deleteObject(core, resource, namespace, name, options, context);
    return resource.fromStored(last.object);
  });
  const metadata = { resourceVersion: String(core.store.revision) };
  return { code: 200, body: { kind: `${resource.kind}List`, apiVersion: resource.apiVersion, metadata, items }, isWrite: true };
}

/** The Status that answers the deletion of an object that is gone. Pods answer with themselves, as the real server has it. */
function gone(request: ResourceRequest, deletion: Deletion): Answer {
  const { resource, info } = request;
  if (RETURNS_DELETED.has(resource.table)) {
    return shown(request, deletion.entry, 200);
  }
  const details = {
    name: info.name,
    ...(resource.group !== '' && { group: resource.group }),
    kind: resource.plural,
    uid: deletion.entry.object.metadata.uid,
  };
  return { code: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }, isWrite: true };
}

/** Registries of the real server that answer a deletion with the object. */
const RETURNS_DELETED: ReadonlySet<string> = new Set([
  'pods',
  'services',
  'serviceaccounts',
  'resourcequotas',
  'persistentvolumes',
  'persistentvolumeclaims',
  'podtemplates',
  'storageclasses.storage.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
]);

async function deleteOptions(
  request: ResourceRequest,
): Promise<{ options: DeleteOptions & { orphanDependents?: boolean }; dryRun: boolean }> {
  const body = await readBody(request.message);
  const { query } = request;
  const given =
    body.length === 0 ? fromQuery(query) : (await parseBody(request.message, body, request.core.schema.model('V1DeleteOptions'))).value;
  if (!isJsonObject(given)) {
    throw badRequest('json: cannot unmarshal into Go value of type v1.DeleteOptions');
  }
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = given;
  const options: DeleteOptions & { orphanDependents?: boolean } = {};
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null) {
    if (typeof gracePeriodSeconds !== 'number' || !Number.isInteger(gracePeriodSeconds)) {
      throw badRequest(
        `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal ${typeof gracePeriodSeconds} into Go struct field DeleteOptions.gracePeriodSeconds of type int64`,
      );
    }
    options.gracePeriodSeconds = Math.max(0, gracePeriodSeconds);
  }
  if (propagationPolicy !== undefined && propagationPolicy !== null) {
    if (propagationPolicy !== 'Orphan' && propagationPolicy !== 'Background' && propagationPolicy !== 'Foreground') {
      throw badRequest(
        `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
      );
    }
    options.propagationPolicy = propagationPolicy;
  }
  if (typeof orphanDependents === 'boolean') {
    options.orphanDependents = orphanDependents;
  }
  if (isJsonObject(preconditions)) {
    const { uid, resourceVersion } = preconditions;
    options.preconditions = {
      ...(typeof uid === 'string' && { uid }),
      ...(typeof resourceVersion === 'string' && { resourceVersion }),
    };
  }
  return { options, dryRun: Array.isArray(dryRun) && dryRun.includes('All') };
}

function fromQuery(query: URLSearchParams): Record<string, unknown> {
  const grace = query.get('gracePeriodSeconds');
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(query.has('propagationPolicy') && { propagationPolicy: query.get('propagationPolicy') }),
    ...(query.has('orphanDependents') && { orphanDependents: query.get('orphanDependents') === 'true' }),
  };
}
