// poddisruptionbudgets: how many pods may be taken away at once on purpose.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalid, notSupported } from '../../validation/field-errors.ts';
import { inGoForm } from '../../validation/go-form.ts';
import { validateLabelSelector } from '../../validation/label-selector.ts';
import { validateAtMostAll, validateIntOrPercent } from '../../validation/workloads.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type PodDisruptionBudget = Stored<models.V1PodDisruptionBudget>;
type Spec = NonNullable<PodDisruptionBudget['spec']>;

const emptyStatus = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };

export const poddisruptionbudgets = checkedKind<PodDisruptionBudget>(
  {
    group: 'policy',
    version: 'v1',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    singular: 'poddisruptionbudget',
    shortNames: ['pdb'],
    namespaced: true,
    model: 'V1PodDisruptionBudget',
    subresources: { status: true },
    hasGeneration: true,
    columns: [
      nameColumn(),
      textColumn('Min Available', (budget) => String(budget.spec?.minAvailable ?? 'N/A')),
      textColumn('Max Unavailable', (budget) => String(budget.spec?.maxUnavailable ?? 'N/A')),
      integerColumn('Allowed Disruptions', (budget) => budget.status?.disruptionsAllowed ?? 0),
      ageColumn(),
    ],
    prepareForCreate(budget) {
      budget.status = { ...emptyStatus };
    },
    prepareForUpdate(budget, old) {
      budget.status = old.status ?? { ...emptyStatus };
    },
  },
  { validate: ({ spec = {} }) => validateSpec(spec) },
);

const internalSpec = { MinAvailable: 'null', Selector: 'kept', MaxUnavailable: 'null', UnhealthyPodEvictionPolicy: 'null' } as const;

function validateSpec(spec: Spec): FieldError[] {
  const errors: FieldError[] = [];
  const { minAvailable, maxUnavailable } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    errors.push(invalid('spec', inGoForm(spec, internalSpec), 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const [field, value] of [
    ['minAvailable', minAvailable],
    ['maxUnavailable', maxUnavailable],
  ] as const) {
    errors.push(...validateIntOrPercent(value, `spec.${field}`), ...validateAtMostAll(value, `spec.${field}`));
  }
  errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  const policies = ['AlwaysAllow', 'IfHealthyBudget'];
  const policy = spec.unhealthyPodEvictionPolicy;
  return policy && !policies.includes(policy) ? [...errors, notSupported('spec.unhealthyPodEvictionPolicy', policy, policies)] : errors;
}
