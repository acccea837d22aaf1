// Paths inside volumes and containers must not lead out of them.
import type { FieldError } from '../resources/kind.ts';
import { invalid } from './field-errors.ts';

export function validateNoBacksteps(value: string, path: string): FieldError[] {
  return value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : [];
}

/** A path below the volume's root. */
export function validateDescendingPath(value: string, path: string): FieldError[] {
  const errors = value.startsWith('/') ? [invalid(path, value, 'must be a relative path')] : [];
  return [...errors, ...validateNoBacksteps(value, path)];
}

/** As above, and not a name the kubelet keeps for itself (`..data`). */
export function validateUnreservedPath(value: string, path: string): FieldError[] {
  const errors = validateDescendingPath(value, path);
  if (value.startsWith('..') && !value.startsWith('../')) {
    errors.push(invalid(path, value, "must not start with '..'"));
  }
  return errors;
}
