// mutatingadmissionpolicybindings: where a mutating policy holds.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { required } from '../../validation/field-errors.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { paramRefText, setMatchDefaults, validateParamRef } from './policy-rules.ts';

export type MutatingAdmissionPolicyBinding = Stored<models.V1MutatingAdmissionPolicyBinding>;

export const mutatingadmissionpolicybindings = checkedKind<MutatingAdmissionPolicyBinding>(
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'MutatingAdmissionPolicyBinding',
    plural: 'mutatingadmissionpolicybindings',
    singular: 'mutatingadmissionpolicybinding',
    categories: ['api-extensions'],
    namespaced: false,
    model: 'V1MutatingAdmissionPolicyBinding',
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
    validate: ({ spec }) => [
      ...(spec?.policyName ? [] : [required('spec.policyName')]),
      ...validateParamRef(spec?.paramRef, 'spec.paramRef'),
    ],
  },
);
