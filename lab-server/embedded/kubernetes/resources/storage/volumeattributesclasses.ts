// volumeattributesclasses: properties of volumes that may change while they are used.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { forbidden, invalidFor, required } from '../../validation/field-errors.ts';
import { qualifiedName } from '../../values/names.ts';
import { sameValue } from '../../values/same.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';

export type VolumeAttributesClass = Stored<models.V1VolumeAttributesClass>;

export const volumeattributesclasses = checkedKind<VolumeAttributesClass>(
  {
    group: 'storage.k8s.io',
    version: 'v1',
    kind: 'VolumeAttributesClass',
    plural: 'volumeattributesclasses',
    singular: 'volumeattributesclass',
    shortNames: ['vac'],
    namespaced: false,
    model: 'V1VolumeAttributesClass',
    hasGeneration: false,
    columns: [nameColumn(), textColumn('DriverName', (object) => object.driverName ?? ''), ageColumn()],
  },
  {
    validate: ({ driverName, parameters }) => [
      ...(driverName ? invalidFor('driverName', driverName, qualifiedName(driverName.toLowerCase())) : [required('driverName')]),
      ...(Object.keys(parameters ?? {}).length > 0 ? [] : [required('parameters', 'must contain at least one key/value pair')]),
    ],
    validateChange: (object, old) => [
      ...(object.driverName === old.driverName ? [] : [forbidden('driverName', 'updates to driverName are forbidden.')]),
      ...(sameValue(object.parameters, old.parameters) ? [] : [forbidden('parameters', 'updates to parameters are forbidden.')]),
    ],
  },
);
