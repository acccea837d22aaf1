// Values as the server holds them: Go's field names and order, with every absent field as its zero value. Refusals show them as JSON.

/** How one field is held: absent as null (`kept`: and with the names that it has on the wire), as "", 0 or false, or as an object or list of objects of its own. */
export type Form = 'null' | 'kept' | '""' | '0' | 'false' | Shape | [Shape];
export interface Shape {
  readonly [field: string]: Form;
}

export function inGoForm(value: object, shape: Shape): Record<string, unknown> {
  const fields = new Map(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field as unknown]));
  return Object.fromEntries(Object.entries(shape).map(([name, form]) => [name, held(fields.get(name.toLowerCase()), form)]));
}

function held(value: unknown, form: Form): unknown {
  if (Array.isArray(form)) {
    return Array.isArray(value) ? value.map((item: unknown) => inGoForm((item ?? {}) as object, form[0])) : null;
  }
  if (typeof form === 'object') {
    return inGoForm((value ?? {}) as object, form);
  }
  if (value === undefined || value === null) {
    return form === 'kept' ? null : (JSON.parse(form) as unknown);
  }
  return form === 'kept' ? value : goNamed(value);
}

/** Maps, and label selectors, which are the same on the wire and in the server. */
const kept = new Set(['nodeSelector', 'limits', 'requests', 'labelSelector', 'namespaceSelector', 'selector']);

/** What has no table here: the same names with a capital, in the order they came. */
function goNamed(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => goNamed(item));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [`${key[0]?.toUpperCase() ?? ''}${key.slice(1)}`, kept.has(key) ? field : goNamed(field)]),
  );
}
