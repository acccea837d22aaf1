// Keys of what belongs to a log group.
import { scopeKey, type Scope } from '../scope.ts';

/** Separates group and stream in a key; neither name can have it. */
const SEPARATOR = '\u0000';

export function streamKey(scope: Scope, group: string, stream: string): string {
  return scopeKey(scope, group) + SEPARATOR + stream;
}

export function streamPrefix(scope: Scope, group: string): string {
  return scopeKey(scope, group) + SEPARATOR;
}
