// mutatingadmissionpolicies: changes in CEL to what is written.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { required } from '../../validation/field-errors.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import { paramKindText, setMatchDefaults, validateFailurePolicy, validateMatch } from './policy-rules.ts';

export type MutatingAdmissionPolicy = Stored<models.V1MutatingAdmissionPolicy>;
type Spec = NonNullable<MutatingAdmissionPolicy['spec']>;

export const mutatingadmissionpolicies = checkedKind<MutatingAdmissionPolicy>(
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'MutatingAdmissionPolicy',
    plural: 'mutatingadmissionpolicies',
    singular: 'mutatingadmissionpolicy',
    categories: ['api-extensions'],
    namespaced: false,
    model: 'V1MutatingAdmissionPolicy',
    hasGeneration: true,
    columns: [
      nameColumn(),
      integerColumn('Mutations', (policy) => policy.spec?.mutations?.length ?? 0),
      textColumn('ParamKind', (policy) => paramKindText(policy.spec?.paramKind)),
      ageColumn(),
    ],
    setDefaults(policy) {
      const spec = (policy.spec ??= {} as Spec);
      spec.failurePolicy ??= 'Fail';
      setMatchDefaults(spec.matchConstraints);
    },
  },
  {
    validate: ({ spec = {} as Spec }) => [
      ...validateFailurePolicy(spec.failurePolicy, 'spec.failurePolicy'),
      ...validateMatch(spec.matchConstraints, 'spec.matchConstraints'),
      ...(spec.mutations?.length ? [] : [required('spec.mutations', 'mutations must contain at least one item')]),
    ],
  },
);
