// validatingadmissionpolicybindings: where a policy holds, and what happens to what breaks it.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { notSupported, required } from '../../validation/field-errors.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { paramRefText, setMatchDefaults, validateParamRef } from './policy-rules.ts';

export type ValidatingAdmissionPolicyBinding = Stored<models.V1ValidatingAdmissionPolicyBinding>;

const actions = ['Audit', 'Deny', 'Warn'];

export const validatingadmissionpolicybindings = checkedKind<ValidatingAdmissionPolicyBinding>(
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    plural: 'validatingadmissionpolicybindings',
    singular: 'validatingadmissionpolicybinding',
    categories: ['api-extensions'],
    namespaced: false,
    model: 'V1ValidatingAdmissionPolicyBinding',
    hasGeneration: true,
    columns: [
      nameColumn(),
      textColumn('PolicyName', (binding) => binding.spec?.policyName ?? ''),
      textColumn('ParamRef', (binding) => paramRefText(binding.spec?.paramRef)),
      ageColumn(),
    ],
    setDefaults: ({ spec }) => setMatchDefaults(spec?.matchResources),
  },
  {
    validate({ spec }) {
      const wanted = spec?.validationActions ?? [];
      return [
        ...(spec?.policyName ? [] : [required('spec.policyName')]),
        ...validateParamRef(spec?.paramRef, 'spec.paramRef'),
        ...(wanted.length === 0 ? [required('spec.validationActions', 'at least one validation action is required')] : []),
        ...wanted.flatMap((action, index) =>
          actions.includes(action) ? [] : [notSupported(`spec.validationActions[${index}]`, action, actions)],
        ),
      ];
    },
  },
);
