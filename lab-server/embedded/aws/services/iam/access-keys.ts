// Access keys of users, and when they were last used.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-iam';
import { accessKeys, lastUse, type AccessKey } from '../../gateway/credentials.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { newId, type User } from './state.ts';
import { keysOf } from './keys-of-user.ts';
import { callersUser } from './users.ts';

const MAX_KEYS = 2;
const KEY_LENGTH = 20;

/** The user whose key it is: the one named, the caller, or for the root the key's own. */
function ownerOf(input: { UserName?: string; AccessKeyId?: string }, call: Call): User {
  const arn = input.UserName === undefined && call.principal.isRoot ? accessKeys(call.tables).get(input.AccessKeyId ?? '')?.arn : undefined;
  return callersUser(arn === undefined ? input.UserName : arn.split('/').at(-1), call);
}

function requireKey(user: User, id: string | undefined, call: Call): AccessKey {
  const key = keysOf(user, call).find((one) => one.accessKeyId === id);
  if (!key) {
    throw noSuchEntity(`The Access Key with id ${id ?? ''} cannot be found.`);
  }
  return key;
}

function createKey(input: Timestamped<sdk.CreateAccessKeyRequest>, call: Call): { AccessKey: Timestamped<sdk.AccessKey> } {
  const user = callersUser(input.UserName, call);
  if (keysOf(user, call).length >= MAX_KEYS) {
    throw limitExceeded('AccessKeysPerUser', MAX_KEYS);
  }
  const key: AccessKey = {
    accessKeyId: newId('AKIA').slice(0, KEY_LENGTH),
    secretAccessKey: randomBytes(30).toString('base64'),
    account: call.account,
    arn: user.Arn ?? '',
    userId: user.UserId ?? '',
    status: 'Active',
    createdAt: call.clock.now(),
  };
  accessKeys(call.tables).put(key.accessKeyId, key);
  return {
    AccessKey: {
      UserName: user.UserName,
      AccessKeyId: key.accessKeyId,
      Status: 'Active',
      SecretAccessKey: key.secretAccessKey,
      CreateDate: key.createdAt,
    },
  };
}

export const accessKeyOperations: Readonly<Record<string, Operation>> = {
  CreateAccessKey: operation<sdk.CreateAccessKeyRequest, sdk.CreateAccessKeyResponse>({ handle: createKey }),
  ListAccessKeys: operation<sdk.ListAccessKeysRequest, sdk.ListAccessKeysResponse>({
    handle: (input, call) => {
      const user = callersUser(input.UserName, call);
      const page = markedPage(keysOf(user, call), input);
      return {
        AccessKeyMetadata: page.items.map((key) => ({
          UserName: user.UserName,
          AccessKeyId: key.accessKeyId,
          Status: key.status,
          CreateDate: key.createdAt,
        })),
        ...page.rest,
      };
    },
  }),
  UpdateAccessKey: operation<sdk.UpdateAccessKeyRequest, object>({
    handle: (input, call) => {
      const key = requireKey(ownerOf(input, call), input.AccessKeyId, call);
      accessKeys(call.tables).put(key.accessKeyId, { ...key, status: input.Status === 'Inactive' ? 'Inactive' : 'Active' });
      return {};
    },
  }),
  DeleteAccessKey: operation<sdk.DeleteAccessKeyRequest, object>({
    handle: (input, call) => {
      accessKeys(call.tables).delete(requireKey(ownerOf(input, call), input.AccessKeyId, call).accessKeyId);
      return {};
    },
  }),
  GetAccessKeyLastUsed: operation<sdk.GetAccessKeyLastUsedRequest, sdk.GetAccessKeyLastUsedResponse>({
    handle: (input, call) => {
      const key = accessKeys(call.tables).get(input.AccessKeyId ?? '');
      if (!key || key.account !== call.account) {
        throw noSuchEntity(`The Access Key with id ${input.AccessKeyId ?? ''} cannot be found.`);
      }
      const use = lastUse(call.tables, key.accessKeyId);
      return {
        UserName: key.arn.split('/').at(-1),
        AccessKeyLastUsed: use
          ? { LastUsedDate: use.at, ServiceName: use.service, Region: use.region }
          : ({ ServiceName: 'N/A', Region: 'N/A' } as Timestamped<sdk.AccessKeyLastUsed>),
      };
    },
  }),
};
