// storageclasses: how volumes are made for claims.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { forbidden, invalidFor, notSupported, required } from '../../validation/field-errors.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { qualifiedName } from '../../values/names.ts';
import { sameValue } from '../../values/same.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type StorageClass = Stored<models.V1StorageClass>;

const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** Whether claims that name no class get this one. */
export function isDefaultStorageClass({ metadata }: StorageClass): boolean {
  return defaultAnnotations.some((annotation) => metadata.annotations?.[annotation] === 'true');
}

export const storageclasses = checkedKind<StorageClass>(
  {
    group: 'storage.k8s.io',
    version: 'v1',
    kind: 'StorageClass',
    plural: 'storageclasses',
    singular: 'storageclass',
    shortNames: ['sc'],
    namespaced: false,
    model: 'V1StorageClass',
    hasGeneration: false,
    columns: [
      { ...nameColumn<StorageClass>(), cell: (object) => `${object.metadata.name}${isDefaultStorageClass(object) ? ' (default)' : ''}` },
      textColumn('Provisioner', (object) => object.provisioner ?? ''),
      textColumn('ReclaimPolicy', (object) => object.reclaimPolicy ?? 'Delete'),
      textColumn('VolumeBindingMode', (object) => object.volumeBindingMode ?? 'Immediate'),
      textColumn('AllowVolumeExpansion', (object) => object.allowVolumeExpansion ?? false),
      ageColumn(),
    ],
    setDefaults(object) {
      object.reclaimPolicy ??= 'Delete';
      object.volumeBindingMode ??= 'Immediate';
    },
  },
  {
    validate(object) {
      const errors: FieldError[] = [];
      const provisioner = object.provisioner?.toLowerCase() ?? '';
      errors.push(
        ...(provisioner === '' ? [required('provisioner')] : invalidFor('provisioner', object.provisioner, qualifiedName(provisioner))),
      );
      const policies = ['Delete', 'Retain'];
      if (!policies.includes(object.reclaimPolicy ?? '')) {
        errors.push(notSupported('reclaimPolicy', object.reclaimPolicy, policies));
      }
      const modes = ['Immediate', 'WaitForFirstConsumer'];
      if (!modes.includes(object.volumeBindingMode ?? '')) {
        errors.push(notSupported('volumeBindingMode', object.volumeBindingMode, modes));
      }
      return errors;
    },
    validateChange: (object, old) => [
      ...(sameValue(object.parameters, old.parameters) ? [] : [forbidden('parameters', 'updates to parameters are forbidden.')]),
      ...(object.provisioner === old.provisioner ? [] : [forbidden('provisioner', 'updates to provisioner are forbidden.')]),
      ...(object.reclaimPolicy === old.reclaimPolicy ? [] : [forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.')]),
      ...validateImmutable(object.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
    ],
  },
);
