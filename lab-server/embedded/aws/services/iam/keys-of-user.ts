// The access keys that are a user's own.
import { accessKeys, type AccessKey } from '../../gateway/credentials.ts';
import type { Call } from '../service.ts';
import type { User } from './state.ts';

/** Oldest first; keys of sessions are none of a user's. */
export function keysOf(user: Pick<User, 'Arn'>, call: Pick<Call, 'tables'>): AccessKey[] {
  return accessKeys(call.tables)
    .list()
    .filter((key) => key.arn === user.Arn && key.sessionToken === undefined)
    .toSorted((left, right) => left.createdAt - right.createdAt);
}
