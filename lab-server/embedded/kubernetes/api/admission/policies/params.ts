// The parameters that a binding gives a policy: none, one object, or each of those that a selector picks.
import type * as models from '@kubernetes/client-node';
import type { KubernetesObject, LabelSelector, Wire } from '../../../types.ts';
import { matchesSelector } from '../../../values/index.ts';
import { type ApiCore, readObject } from '../../core.ts';
import type { Resource } from '../../registry.ts';
import type { AdmissionRequest } from '../admission.ts';

type ParamKind = Wire<models.V1ParamKind>;
type ParamRef = Wire<models.V1ParamRef>;

/** There is nothing to judge by; the policy's failurePolicy says what that means. */
export class ParamsMissing extends Error {}

/** One entry for each evaluation; `undefined` where the policy takes no parameters. Throws ParamsMissing. */
export function paramsOf(
  request: AdmissionRequest,
  core: ApiCore,
  kind: ParamKind | undefined,
  reference: ParamRef | undefined,
): (KubernetesObject | undefined)[] {
  if (!kind || !reference) {
    return [undefined];
  }
  const resource = core.registry.ofKind(kind.apiVersion ?? '', kind.kind ?? '');
  if (!resource) {
    throw new ParamsMissing(
      `failed to configure policy: failed to find resource referenced by paramKind: '${kind.apiVersion}, Kind=${kind.kind}'`,
    );
  }
  const found = find(request, core, resource, reference);
  if (found.length === 0 && reference.parameterNotFoundAction !== 'Allow') {
    throw new ParamsMissing('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  return found;
}

function find(request: AdmissionRequest, core: ApiCore, resource: Resource, reference: ParamRef): KubernetesObject[] {
  const namespace = resource.namespaced ? reference.namespace || request.namespace : undefined;
  if (resource.namespaced && namespace === undefined) {
    throw new ParamsMissing(
      'failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    );
  }
  if (reference.name) {
    const object = readObject(core, resource, namespace === undefined ? reference.name : `${namespace}/${reference.name}`);
    return object ? [object] : [];
  }
  return core.store
    .table(resource.table)
    .list(namespace)
    .map(({ object }) => resource.fromStored(object))
    .filter(({ metadata }) => matchesSelector(reference.selector as LabelSelector, metadata.labels));
}
