// validatingadmissionpolicies: rules in CEL that what is written must keep.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { required } from '../../validation/field-errors.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import { paramKindText, setMatchDefaults, validateFailurePolicy, validateMatch } from './policy-rules.ts';

export type ValidatingAdmissionPolicy = Stored<models.V1ValidatingAdmissionPolicy>;
type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>;

export const validatingadmissionpolicies = checkedKind<ValidatingAdmissionPolicy>(
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'ValidatingAdmissionPolicy',
    plural: 'validatingadmissionpolicies',
    singular: 'validatingadmissionpolicy',
    categories: ['api-extensions'],
    namespaced: false,
    model: 'V1ValidatingAdmissionPolicy',
    subresources: { status: true },
    hasGeneration: true,
    columns: [
      nameColumn(),
      integerColumn('Validations', (policy) => policy.spec?.validations?.length ?? 0),
      textColumn('ParamKind', (policy) => paramKindText(policy.spec?.paramKind)),
      ageColumn(),
    ],
    setDefaults(policy) {
      const spec = (policy.spec ??= {} as Spec);
      spec.failurePolicy ??= 'Fail';
      setMatchDefaults(spec.matchConstraints);
    },
    prepareForCreate(policy) {
      policy.status = {};
    },
    prepareForUpdate(policy, old) {
      policy.status = old.status ?? {};
    },
  },
  {
    validate({ spec = {} as Spec }) {
      const rules = spec.validations ?? [];
      return [
        ...validateFailurePolicy(spec.failurePolicy, 'spec.failurePolicy'),
        ...validateMatch(spec.matchConstraints, 'spec.matchConstraints'),
        ...(rules.length === 0 && !spec.auditAnnotations?.length
          ? [required('spec.validations', 'validations or auditAnnotations must contain at least one item')]
          : []),
        ...rules.flatMap(({ expression }, index) =>
          expression?.trim() ? [] : [required(`spec.validations[${index}].expression`, 'expression is not specified')],
        ),
      ];
    },
  },
);
