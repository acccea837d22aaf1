// JSON Patch (RFC 6902).
import { cloneJson, equalJson, isJsonObject, setOwn } from '../decode/json.ts';
import { ApiError, badRequest, entityTooLarge } from '../errors.ts';

/** As the real server bounds it. */
const MAX_OPERATIONS = 10_000;

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** A patched copy of `document`. Throws 400 for a patch that is none, and 422 for one that does not apply. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every(isJsonObject)) {
    throw badRequest(`json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type jsonpatch.Patch`);
  }
  if (patch.length > MAX_OPERATIONS) {
    throw entityTooLarge(`The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`);
  }
  const root = { document: cloneJson(document) };
  for (const operation of patch) {
    apply(root, readOperation(operation));
  }
  return root.document;
}

function readOperation(operation: Record<string, unknown>): Operation {
  const { op, path, from, value } = operation;
  if (typeof op !== 'string' || typeof path !== 'string' || (from !== undefined && typeof from !== 'string')) {
    throw rejected();
  }
  return { op, path, from, value };
}

function apply(root: { document: unknown }, operation: Operation): void {
  const path = pointer(operation.path);
  switch (operation.op) {
    case 'add':
      put(root, path, cloneJson(requireValue(operation)), true);
      return;
    case 'replace':
      get(root, path);
      put(root, path, cloneJson(requireValue(operation)), false);
      return;
    case 'remove':
      remove(root, path);
      return;
    case 'test':
      if (!equalJson(tryGet(root, path) ?? null, operation.value ?? null)) {
        throw rejected();
      }
      return;
    case 'copy':
      put(root, path, cloneJson(get(root, pointer(operation.from ?? ''))), true);
      return;
    case 'move': {
      const from = pointer(operation.from ?? '');
      const value = get(root, from);
      remove(root, from);
      put(root, path, value, true);
      return;
    }
    default:
      throw rejected();
  }
}

/** The real server says no more than this of why a patch does not apply. */
function rejected(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

function requireValue(operation: Operation): unknown {
  if (operation.value === undefined) {
    throw rejected();
  }
  return operation.value;
}

function pointer(path: string): string[] {
  if (path === '') {
    return [];
  }
  if (!path.startsWith('/')) {
    throw rejected();
  }
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function tryGet(root: { document: unknown }, path: readonly string[]): unknown {
  let value = root.document;
  for (const part of path) {
    if (Array.isArray(value)) {
      value = value[index(part, value.length - 1)] as unknown;
    } else if (isJsonObject(value) && Object.hasOwn(value, part)) {
      value = value[part];
    } else {
      return undefined;
    }
  }
  return value;
}

function get(root: { document: unknown }, path: readonly string[]): unknown {
  const value = tryGet(root, path);
  if (value === undefined) {
    throw rejected();
  }
  return value;
}

function put(root: { document: unknown }, path: readonly string[], value: unknown, inserts: boolean): void {
  const last = path.at(-1);
  if (last === undefined) {
    root.document = value;
    return;
  }
  const parent = get(root, path.slice(0, -1));
  if (Array.isArray(parent)) {
    if (last === '-' && inserts) {
      parent.push(value);
    } else if (inserts) {
      parent.splice(index(last, parent.length), 0, value);
    } else {
      parent[index(last, parent.length - 1)] = value;
    }
  } else if (isJsonObject(parent)) {
    setOwn(parent, last, value);
  } else {
    throw rejected();
  }
}

function remove(root: { document: unknown }, path: readonly string[]): void {
  const last = path.at(-1);
  get(root, path);
  if (last === undefined) {
    throw rejected();
  }
  const parent = get(root, path.slice(0, -1));
  if (Array.isArray(parent)) {
    parent.splice(index(last, parent.length - 1), 1);
  } else if (isJsonObject(parent)) {
    delete parent[last];
  }
}

function index(part: string, largest: number): number {
  const number = /^(0|[1-9]\d*|-[1-9]\d*)$/.test(part) ? Number(part) : Number.NaN;
  // A negative index counts from the end, as the server's library has it.
  const position = number < 0 ? largest + 1 + number : number;
  if (!Number.isInteger(position) || position < 0 || position > largest) {
    throw rejected();
  }
  return position;
}
