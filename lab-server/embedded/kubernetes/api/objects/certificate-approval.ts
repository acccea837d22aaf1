// The approval subresource of certificate signing requests: conditions alone change, and a decision once made stays.
import type { FieldError } from '../../resources/kind.ts';
import type { CertificateSigningRequest } from '../../resources/certificates/certificatesigningrequests.ts';
import { duplicate, forbidden, invalid, notSupported } from '../../validation/field-errors.ts';
import { isoTime } from '../../values/index.ts';

type Conditions = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>;

const FIELD = 'status.conditions';
const PERMANENT = ['Approved', 'Denied', 'Failed'];

/** The stored request with the conditions that were sent; times that the sender left out are filled in. */
export function takeApproval(sent: CertificateSigningRequest, old: CertificateSigningRequest, now: number): CertificateSigningRequest {
  const conditions = (sent.status?.conditions ?? []).map((condition) => {
    const before = old.status?.conditions?.find(({ type, status }) => type === condition.type && status === condition.status);
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? isoTime(now),
      lastTransitionTime: condition.lastTransitionTime ?? before?.lastTransitionTime ?? isoTime(now),
    };
  }) as Conditions;
  return {
    ...old,
    metadata: { ...sent.metadata },
    status: { ...old.status, conditions },
  };
}

export function validateApproval(request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  const conditions = request.status?.conditions ?? [];
  const errors = conditions.flatMap((condition, index): FieldError[] => {
    const field = `${FIELD}[${index}]`;
    const isRepeated = conditions.findIndex(({ type }) => type === condition.type) < index;
    return [
      ...(PERMANENT.includes(condition.type) && condition.status !== 'True'
        ? [notSupported(`${field}.status`, condition.status, ['True'])]
        : []),
      ...(isRepeated ? [duplicate(`${field}.type`, condition.type)] : []),
    ];
  });
  const decisions = conditions.filter(({ type }) => type === 'Approved' || type === 'Denied');
  if (new Set(decisions.map(({ type }) => type)).size > 1) {
    const last = conditions.findLastIndex(({ type }) => type === 'Approved' || type === 'Denied');
    errors.push(invalid(`${FIELD}[${last}].type`, conditions[last]?.type, 'Approved and Denied conditions are mutually exclusive'));
  }
  for (const type of PERMANENT) {
    const held = (list: readonly { type: string }[] | undefined) => list?.some((condition) => condition.type === type) ?? false;
    if (held(old.status?.conditions) && !held(conditions)) {
      errors.push(forbidden(FIELD, `updates may not remove a condition of type ${JSON.stringify(type)}`));
    }
  }
  return errors;
}
