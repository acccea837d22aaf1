// Makes a kind whose metadata is checked by the common rules, and its own fields the same way on create and on update.
import type { KubernetesObject } from '../types.ts';
import { type NameRule, subdomainName, validateObjectMeta, validateObjectMetaUpdate } from '../validation/object-meta.ts';
import type { FieldError, KindContext, KindDefinition } from './kind.ts';

export interface Checks<T> {
  /** Defaults to DNS subdomains. */
  nameRule?: NameRule;
  /** What is wrong with the object by itself. */
  validate?(object: T, context: KindContext): FieldError[];
  /** What is wrong with the change. */
  validateChange?(object: T, old: T): FieldError[];
}

export function checkedKind<T extends KubernetesObject>(
  definition: Omit<KindDefinition<T>, 'validateCreate' | 'validateUpdate'>,
  checks: Checks<T> = {},
): KindDefinition<T> {
  const nameRule = checks.nameRule ?? subdomainName;
  return {
    ...definition,
    validateCreate: (object, context) => [
      ...validateObjectMeta(object.metadata, definition.namespaced, nameRule),
      ...(checks.validate?.(object, context) ?? []),
    ],
    validateUpdate: (object, old, context) => [
      ...validateObjectMetaUpdate(object.metadata, old.metadata),
      ...(checks.validate?.(object, context) ?? []),
      ...(checks.validateChange?.(object, old) ?? []),
    ],
  };
}
