// resourcequotas: how much of everything a namespace may have.
import type * as models from '@kubernetes/client-node';
import { ENUMS } from '../../schema/enums.ts';
import type { Stored } from '../../types.ts';
import { validateAmount } from '../../validation/container-resources.ts';
import { invalid, invalidFor } from '../../validation/field-errors.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { qualifiedName } from '../../values/names.ts';
import { canonicalQuantity } from '../../values/quantity.ts';
import { QUOTA_RESOURCES } from '../../values/resource-names.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';
import { canonicalizeQuantities } from '../pod-defaults.ts';

export type ResourceQuota = Stored<models.V1ResourceQuota>;
type Spec = NonNullable<ResourceQuota['spec']>;

const scopes = ENUMS.ResourceQuotaSpec?.scopes?.values ?? [];

export const resourcequotas = checkedKind<ResourceQuota>(
  {
    group: '',
    version: 'v1',
    kind: 'ResourceQuota',
    plural: 'resourcequotas',
    singular: 'resourcequota',
    shortNames: ['quota'],
    namespaced: true,
    model: 'V1ResourceQuota',
    subresources: { status: true },
    hasGeneration: false,
    columns: [
      nameColumn(),
      textColumn('Request', (quota) => usageText(quota, false), { description: 'What is used of what there may be, requests and counts.' }),
      textColumn('Limit', (quota) => usageText(quota, true), { description: 'What is used of what there may be, limits.' }),
      ageColumn(),
    ],
    setDefaults: (quota) => canonicalizeQuantities(quota.spec?.hard),
    prepareForCreate(quota) {
      quota.status = {};
    },
    prepareForUpdate(quota, old) {
      quota.status = old.status ?? {};
    },
  },
  {
    validate: ({ spec = {} }) => validateSpec(spec),
    validateChange: (quota, old) => validateImmutable(quota.spec?.scopes, old.spec?.scopes, 'spec.scopes'),
  },
);

function usageText({ status }: ResourceQuota, limits: boolean): string {
  return Object.keys(status?.hard ?? {})
    .toSorted()
    .filter((name) => name.startsWith('limits.') === limits)
    .map((name) => `${name}: ${canonicalQuantity(status?.used?.[name] ?? '0')}/${canonicalQuantity(status?.hard?.[name] ?? '0')}`)
    .join(', ');
}

function isQuotaResource(name: string): boolean {
  return QUOTA_RESOURCES.has(name) || /^(requests\.)?hugepages-/.test(name);
}

function validateSpec(spec: Spec): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, amount] of Object.entries(spec.hard ?? {})) {
    const path = `spec.hard[${name}]`;
    const problems = qualifiedName(name);
    errors.push(...invalidFor(path, name, problems));
    if (problems.length === 0 && !name.includes('/') && !isQuotaResource(name)) {
      errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'));
      errors.push(invalid(path, name, 'must be a standard resource for quota'));
    }
    errors.push(...validateAmount(name, amount, path));
  }
  for (const scope of spec.scopes ?? []) {
    if (!scopes.includes(scope)) {
      errors.push(invalid('spec.scopes', spec.scopes, 'unsupported scope'));
    }
  }
  for (const [one, other] of [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ] as const) {
    if (spec.scopes?.includes(one) && spec.scopes.includes(other)) {
      errors.push(invalid('spec.scopes', spec.scopes, 'conflicting scopes'));
    }
  }
  spec.scopeSelector?.matchExpressions?.forEach(({ scopeName, operator, values }) => {
    const path = 'spec.scopeSelector.matchExpressions';
    if (!scopes.includes(scopeName)) {
      errors.push(invalid(`${path}.scopeName`, scopeName, 'unsupported scope'));
    }
    if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator)) {
      errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
    } else if (operator.endsWith('In') && !values?.length) {
      const message = "Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      errors.push({ type: 'FieldValueRequired', field: `${path}.values`, message });
    }
  });
  return errors;
}
