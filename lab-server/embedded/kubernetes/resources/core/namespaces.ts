// namespaces: where names live. A label with its own name lets selectors find one.
import { invalidFor } from '../../validation/field-errors.ts';
import { labelName, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import type { Namespace } from '../../types.ts';
import { qualifiedName } from '../../values/names.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { KindDefinition } from '../kind.ts';

const nameLabel = 'kubernetes.io/metadata.name';

export const namespaces: KindDefinition<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  model: 'V1Namespace',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: { status: true },
  hasGeneration: false,
  columns: [nameColumn(), textColumn('Status', (namespace) => namespace.status?.phase ?? ''), ageColumn()],
  setDefaults: labelWithName,
  prepareForCreate(namespace) {
    labelWithName(namespace);
    namespace.status = { phase: 'Active' };
    const finalizers = (namespace.spec ??= {}).finalizers ?? [];
    namespace.spec.finalizers = finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'];
  },
  prepareForUpdate(namespace, old) {
    // Finalizers of the spec leave by the finalize subresource alone.
    if (old.spec) {
      namespace.spec = old.spec;
    }
    if (old.status) {
      namespace.status = old.status;
    }
  },
  validateCreate(namespace) {
    const finalizers = namespace.spec?.finalizers ?? [];
    return [
      ...validateObjectMeta(namespace.metadata, false, labelName),
      ...finalizers.flatMap((finalizer, index) => invalidFor(`spec.finalizers[${index}]`, finalizer, qualifiedName(finalizer))),
    ];
  },
  validateUpdate: (namespace, old) => validateObjectMetaUpdate(namespace.metadata, old.metadata),
  selectableFields: (namespace) => ({ 'status.phase': namespace.status?.phase ?? '' }),
};

function labelWithName(namespace: Namespace): void {
  if (namespace.metadata.name) {
    (namespace.metadata.labels ??= {})[nameLabel] = namespace.metadata.name;
  }
}
