// secrets: bytes by key that are not shown. Their type says which keys there must be.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { forbidden, invalid, invalidFor, required, tooLong } from '../../validation/field-errors.ts';
import { subdomainName, validateImmutable, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import { configMapKey } from '../../values/names.ts';
import { sameValue } from '../../values/same.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError, KindDefinition } from '../kind.ts';

export type Secret = Stored<models.V1Secret>;

const sizeLimit = 1024 * 1024;

export const secrets: KindDefinition<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  model: 'V1Secret',
  hasGeneration: false,
  columns: [
    nameColumn(),
    textColumn('Type', (secret) => secret.type ?? ''),
    textColumn('Data', (secret) => Object.keys(secret.data ?? {}).length),
    ageColumn(),
  ],
  setDefaults(secret) {
    secret.type ||= 'Opaque';
    // stringData is a convenience of writers: it is never stored.
    for (const [key, value] of Object.entries(secret.stringData ?? {})) {
      (secret.data ??= {})[key] = Buffer.from(value).toString('base64');
    }
    delete secret.stringData;
  },
  prepareForUpdate(secret, old) {
    if (secret.type === 'Opaque' && old.type) {
      secret.type = old.type;
    }
  },
  validateCreate: (secret) => [...validateObjectMeta(secret.metadata, true, subdomainName), ...validateData(secret)],
  validateUpdate(secret, old) {
    const errors = [...validateObjectMetaUpdate(secret.metadata, old.metadata), ...validateImmutable(secret.type, old.type, 'type')];
    if (old.immutable) {
      for (const field of ['immutable', 'data'] as const) {
        if (!sameValue(secret[field], old[field])) {
          errors.push(forbidden(field, 'field is immutable when `immutable` is set'));
        }
      }
    }
    return [...errors, ...validateData(secret)];
  },
  selectableFields: (secret) => ({ type: secret.type ?? '' }),
};

/** Keys that a type of secret cannot be without. */
const neededKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

function validateData(secret: Secret): FieldError[] {
  const { data = {}, type = '' } = secret;
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...invalidFor(`data[${key}]`, key, configMapKey(key)));
    size += Buffer.byteLength(value, 'base64');
  }
  if (size > sizeLimit) {
    errors.push(tooLong('data', sizeLimit));
  }
  for (const key of neededKeys[type] ?? []) {
    if (!(key in data)) {
      errors.push(required(`data[${key}]`));
    } else if (key.startsWith('.docker') && !isJsonObject(data[key] ?? '')) {
      errors.push(invalid(`data[${key}]`, '<secret contents redacted>', 'unexpected end of JSON input'));
    }
  }
  if (type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data)) {
    errors.push(required('data[username]'), required('data[password]'));
  }
  const account = 'kubernetes.io/service-account.name';
  if (type === 'kubernetes.io/service-account-token' && !secret.metadata.annotations?.[account]) {
    errors.push(required(`metadata.annotations[${account}]`));
  }
  return errors;
}

function isJsonObject(base64: string): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, 'base64').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
