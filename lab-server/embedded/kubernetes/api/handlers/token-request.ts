// TokenRequest: a token for a service account, for `kubectl create token` and for whoever runs pods.
import { isJsonObject } from '../decode/json.ts';
import { badRequest, invalid, notFound } from '../errors.ts';
import { parseBody, readBody } from '../http/body.ts';
import { type Answer, type ResourceRequest, writeContext } from '../http/request.ts';
import { existing } from '../objects/update.ts';
import type { ApiServices } from '../services.ts';
import { ISSUER } from '../auth/tokens.ts';
import { invalid as invalidField } from '../../validation/field-errors.ts';
import { isoTime } from '../../values/index.ts';

const DEFAULT_SECONDS = 3600;
const SHORTEST_SECONDS = 600;
const LONGEST_SECONDS = 2 ** 32;

export async function handleTokenRequest(services: ApiServices, request: ResourceRequest): Promise<Answer> {
  const { core, resource, info, message } = request;
  const { value } = await parseBody(message, await readBody(message), core.schema.model('AuthenticationV1TokenRequest'));
  if (!isJsonObject(value)) {
    throw badRequest('TokenRequest in version "v1" cannot be handled as a TokenRequest');
  }
  const spec = isJsonObject(value.spec) ? value.spec : {};
  const seconds = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : DEFAULT_SECONDS;
  const problems = [
    ...(seconds < SHORTEST_SECONDS
      ? [invalidField('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes')]
      : []),
    ...(seconds > LONGEST_SECONDS
      ? [invalidField('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds')]
      : []),
  ];
  if (problems.length > 0) {
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', problems);
  }
  const given = Array.isArray(spec.audiences) ? spec.audiences.filter((audience) => typeof audience === 'string') : [];
  const audiences = given.length > 0 ? given : [ISSUER];
  const account = existing(core, resource, info.namespace, info.name).object;
  const pod = boundPod(request, spec.boundObjectRef);
  const now = core.clock.now();
  const token = services.issuer.issue(
    { namespace: info.namespace ?? '', name: info.name, uid: account.metadata.uid ?? '', ...(pod && { pod }) },
    audiences,
    seconds,
    now,
  );
  const answer = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: info.name, namespace: info.namespace, creationTimestamp: isoTime(now) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token: writeContext(request).dryRun ? '' : token, expirationTimestamp: isoTime(now + seconds * 1000) },
  };
  return { code: 201, body: answer };
}

function boundPod(request: ResourceRequest, reference: unknown): { name: string; uid: string } | undefined {
  if (!isJsonObject(reference)) {
    return undefined;
  }
  const { kind, name, uid } = reference;
  if (kind !== 'Pod' || typeof name !== 'string') {
    throw badRequest(`cannot bind token for serviceaccount to object of type ${typeof kind === 'string' ? kind : ''}`);
  }
  const pod = request.core.store.table('pods').get(`${request.info.namespace}/${name}`)?.object;
  if (!pod) {
    throw notFound({ group: '', resource: 'pods' }, name);
  }
  if (typeof uid === 'string' && uid !== '' && uid !== pod.metadata.uid) {
    throw badRequest(
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { name, uid: pod.metadata.uid ?? '' };
}
