// configmaps: settings for pods, as text or bytes by key.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { forbidden, invalid, invalidFor, tooLong } from '../../validation/field-errors.ts';
import { subdomainName, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import { configMapKey } from '../../values/names.ts';
import { sameValue } from '../../values/same.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError, KindDefinition } from '../kind.ts';

export type ConfigMap = Stored<models.V1ConfigMap>;

const sizeLimit = 1024 * 1024;

export const configmaps: KindDefinition<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  model: 'V1ConfigMap',
  hasGeneration: false,
  columns: [
    nameColumn(),
    textColumn('Data', ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length),
    ageColumn(),
  ],
  validateCreate: (map) => [...validateObjectMeta(map.metadata, true, subdomainName), ...validateData(map)],
  validateUpdate(map, old) {
    const errors = validateObjectMetaUpdate(map.metadata, old.metadata);
    if (old.immutable) {
      for (const field of ['immutable', 'data', 'binaryData'] as const) {
        if (!sameValue(map[field], old[field])) {
          errors.push(forbidden(field, 'field is immutable when `immutable` is set'));
        }
      }
    }
    return [...errors, ...validateData(map)];
  },
};

function validateData({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...invalidFor(`data[${key}]`, key, configMapKey(key)));
    if (key in binaryData) {
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    }
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...invalidFor(`binaryData[${key}]`, key, configMapKey(key)));
    size += Buffer.byteLength(value, 'base64');
  }
  if (size > sizeLimit) {
    errors.push(tooLong('[]', sizeLimit));
  }
  return errors;
}
