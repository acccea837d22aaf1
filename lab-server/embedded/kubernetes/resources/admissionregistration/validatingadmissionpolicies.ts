// validatingadmissionpolicies: rules in CEL that what is written must keep.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { compilePolicyExpression } from '../../api/cel/policy-language.ts';
import { celErrorText } from '../../api/cel/values.ts';
import { invalid, required } from '../../validation/field-errors.ts';
import type { FieldError } from '../kind.ts';
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
        ...(spec.matchConditions ?? []).flatMap(({ expression }, index) =>
          problems(expression, `spec.matchConditions[${index}].expression`),
        ),
        ...(spec.variables ?? []).flatMap(({ expression }, index) => problems(expression, `spec.variables[${index}].expression`)),
        ...rules.flatMap(({ expression, messageExpression }, index) => [
          ...problems(expression, `spec.validations[${index}].expression`),
          ...(messageExpression ? problems(messageExpression, `spec.validations[${index}].messageExpression`) : []),
        ]),
      ];
    },
  },
);

function problems(expression: string | undefined, path: string): FieldError[] {
  if (!expression?.trim()) {
    return [required(path, 'expression is not specified')];
  }
  try {
    compilePolicyExpression(expression);
    return [];
  } catch (error) {
    return [invalid(path, expression, `compilation failed: ${celErrorText(error)}`)];
  }
}
