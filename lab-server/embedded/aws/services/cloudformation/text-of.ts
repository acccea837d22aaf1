// Values of templates as text.

/** Text, numbers and booleans as they are written; structures as JSON; nothing as nothing. */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return value.toString();
    default:
      return value === undefined || value === null ? '' : JSON.stringify(value);
  }
}
