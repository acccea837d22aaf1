// JSON Merge Patch (RFC 7396).
import { isJsonObject, type JsonObject, setOwn } from '../decode/json.ts';

/** `target` with `patch` merged over it; null removes. Neither is changed; they may share parts with the result. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) {
    return patch;
  }
  const merged: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const name of Object.keys(patch)) {
    const value = patch[name];
    if (value === null) {
      delete merged[name];
    } else {
      setOwn(merged, name, applyMergePatch(Object.hasOwn(merged, name) ? merged[name] : undefined, value));
    }
  }
  return merged;
}
