// Whether a script that parsed still waits for the end of a here-document.
import type { ScriptNode } from './syntax.ts';

/** A here-document whose delimiter has not come yet parses, but is not complete. */
export function hasOpenHereDocument(script: ScriptNode): boolean {
  return JSON.stringify(script).includes('"terminated":false');
}
