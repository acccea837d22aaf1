// Field errors as an exception: what a kind's hooks throw where they cannot return a list.
import type { FieldError } from '../resources/kind.ts';

/** Becomes a 422 Invalid of the object that was written. */
export class FieldErrorList extends Error {
  readonly errors: readonly FieldError[];
  constructor(errors: readonly FieldError[]) {
    super(errors.map((error) => `${error.field}: ${error.message}`).join(', '));
    this.errors = errors;
  }
}

export function invalidFieldList(errors: readonly FieldError[]): FieldErrorList {
  return new FieldErrorList(errors);
}
