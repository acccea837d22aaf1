// May somebody do something? Answers of the authorization.k8s.io reviews, which `kubectl auth can-i` asks.
import { badRequest, invalid } from '../errors.ts';
import { readObjectBody } from '../http/decode.ts';
import type { Answer, ResourceRequest } from '../http/request.ts';
import type { User } from '../core.ts';
import type { Attributes } from '../auth/authorize.ts';
import type { ApiServices } from '../services.ts';
import type { KubernetesObject } from '../../types.ts';
import { invalid as invalidField } from '../../validation/field-errors.ts';

interface ResourceAttributes {
  namespace?: string;
  verb?: string;
  group?: string;
  version?: string;
  resource?: string;
  subresource?: string;
  name?: string;
}

interface ReviewSpec {
  resourceAttributes?: ResourceAttributes;
  nonResourceAttributes?: { path?: string; verb?: string };
  user?: string;
  groups?: string[];
  uid?: string;
}

export async function reviewOwnAccess(services: ApiServices, request: ResourceRequest): Promise<Answer> {
  const review = await readObjectBody(request);
  return answer(review, verdict(services, request, review, request.user));
}

export async function reviewAccess(services: ApiServices, request: ResourceRequest): Promise<Answer> {
  const review = await readObjectBody(request);
  const spec = (review.spec ?? {}) as ReviewSpec;
  if (!spec.user && !spec.groups?.length) {
    throw invalid(request.resource.kindName, '', [invalidField('spec.user', '', 'at least one of user or group must be specified')]);
  }
  if (request.info.namespace !== undefined && spec.resourceAttributes?.namespace !== request.info.namespace) {
    throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${request.info.namespace}`);
  }
  return answer(review, verdict(services, request, review, { name: spec.user ?? '', groups: spec.groups ?? [] }));
}

export async function reviewOwnRules(services: ApiServices, request: ResourceRequest): Promise<Answer> {
  const review = await readObjectBody(request);
  const namespace = (review.spec as { namespace?: string } | undefined)?.namespace ?? '';
  if (namespace === '') {
    throw badRequest('no namespace on request');
  }
  const rules = services.authorizer.rulesFor(request.user, namespace);
  const resourceRules = rules
    .filter((rule) => (rule.resources?.length ?? 0) > 0)
    .map(({ verbs = [], apiGroups = [], resources = [], resourceNames }) => ({
      verbs,
      apiGroups,
      resources,
      ...(resourceNames && { resourceNames }),
    }));
  const nonResourceRules = rules
    .filter((rule) => (rule.nonResourceURLs?.length ?? 0) > 0)
    .map(({ verbs = [], nonResourceURLs = [] }) => ({ verbs, nonResourceURLs }));
  return answer(review, { resourceRules, nonResourceRules, incomplete: false });
}

function verdict(services: ApiServices, request: ResourceRequest, review: KubernetesObject, user: User): object {
  const { resourceAttributes, nonResourceAttributes } = (review.spec ?? {}) as ReviewSpec;
  if (resourceAttributes ? nonResourceAttributes : !nonResourceAttributes) {
    throw invalid(request.resource.kindName, '', [
      invalidField(
        'spec.resourceAttributes',
        resourceAttributes ?? null,
        resourceAttributes
          ? 'cannot be specified in combination with nonResourceAttributes'
          : 'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    ]);
  }
  const reason = services.authorizer.allows(user, attributes(resourceAttributes, nonResourceAttributes));
  return { allowed: reason !== undefined, ...(reason && { reason }) };
}

function attributes(resource: ResourceAttributes | undefined, path: { path?: string; verb?: string } | undefined): Attributes {
  if (!resource) {
    return { verb: path?.verb ?? '', isResource: false, path: path?.path ?? '', group: '', namespace: '', resource: '', name: '' };
  }
  const { verb = '', group = '', namespace = '', resource: plural = '', subresource = '', name = '' } = resource;
  return { verb, isResource: true, path: '', group, namespace, resource: subresource === '' ? plural : `${plural}/${subresource}`, name };
}

function answer(review: KubernetesObject, status: object): Answer {
  return { code: 201, body: { ...review, status } };
}
