// Whether two values of the API mean the same. Absent, null, zero and empty are one: Go's JSON drops them, so a client that sends
// back what it read may have lost them.

export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) {
    return true;
  }
  if (isNothing(a) || isNothing(b)) {
    return isNothing(a) && isNothing(b);
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return false;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) {
    if (!sameValue(left[key], right[key])) {
      return false;
    }
  }
  for (const key in right) {
    if (!(key in left) && !isNothing(right[key])) {
      return false;
    }
  }
  return true;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.length === 0;
  }
  if (typeof value !== 'object') {
    return false;
  }
  for (const key in value) {
    if (!isNothing((value as Record<string, unknown>)[key])) {
      return false;
    }
  }
  return true;
}
