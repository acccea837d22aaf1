// customresourcedefinitions: kinds that users add. Serving them is the API's part; this is the definition itself.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validateDefinition, validateDefinitionChange } from '../../validation/custom-resource-definitions.ts';
import { checkedKind } from '../checked-kind.ts';
import { plainColumns } from '../columns.ts';

export type CustomResourceDefinition = Stored<models.V1CustomResourceDefinition>;

export const customresourcedefinitions = checkedKind<CustomResourceDefinition>(
  {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    singular: 'customresourcedefinition',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    model: 'V1CustomResourceDefinition',
    subresources: { status: true },
    hasGeneration: true,
    columns: plainColumns(),
    setDefaults({ spec }) {
      if (spec?.names) {
        spec.names.singular ||= spec.names.kind?.toLowerCase();
        spec.names.listKind ||= spec.names.kind && `${spec.names.kind}List`;
      }
      if (spec) {
        (spec.conversion ??= { strategy: 'None' }).strategy ||= 'None';
      }
    },
    prepareForCreate(definition) {
      definition.status = { conditions: [], acceptedNames: { kind: '', plural: '' }, storedVersions: storageVersion(definition) };
    },
    prepareForUpdate(definition, old) {
      const versions = new Set([...(old.status?.storedVersions ?? []), ...storageVersion(definition)]);
      definition.status = { ...old.status, storedVersions: [...versions] };
    },
  },
  { validate: validateDefinition, validateChange: validateDefinitionChange },
);

function storageVersion({ spec }: CustomResourceDefinition): string[] {
  return (spec?.versions ?? []).filter((version) => version.storage).map((version) => version.name);
}
