// Users and their access keys.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-iam';
import { AwsError } from '../../gateway/errors.ts';
import { accessKeys, type AccessKey } from '../../gateway/credentials.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkName, checkPath } from './documents.ts';
import { alreadyExists, deleteConflict, noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { permissionOperations } from './permissions.ts';
import { iamTables, newId, type User } from './state.ts';

const MAX_KEYS = 2;

/** The user of that name. Throws NoSuchEntity. */
function requireUser(name: string | undefined, call: Call): User {
  const user = iamTables(call.tables).users.get(scopeKey(call, name ?? ''));
  if (!user) {
    throw noSuchEntity(`The user with name ${name ?? ''} cannot be found.`);
  }
  return user;
}

function save(user: User, call: Call): User {
  iamTables(call.tables).users.put(scopeKey(call, user.UserName ?? ''), user);
  return user;
}

function shown({ attached: _attached, inline: _inline, ...user }: User): Timestamped<sdk.User> {
  return user;
}

function keysOf(user: User, call: Call): AccessKey[] {
  return accessKeys(call.tables)
    .list()
    .filter((key) => key.arn === user.Arn);
}

function requireKey(user: User, id: string | undefined, call: Call): AccessKey {
  const key = keysOf(user, call).find((one) => one.accessKeyId === id);
  if (!key) {
    throw noSuchEntity(`The Access Key with id ${id ?? ''} cannot be found.`);
  }
  return key;
}

function createKey(input: Timestamped<sdk.CreateAccessKeyRequest>, call: Call): { AccessKey: Timestamped<sdk.AccessKey> } {
  const user = requireUser(input.UserName, call);
  if (keysOf(user, call).length >= MAX_KEYS) {
    throw new AwsError('LimitExceededException', `Cannot exceed quota for AccessKeysPerUser: ${MAX_KEYS}`);
  }
  const key: AccessKey = {
    accessKeyId: newId('AKIA').slice(0, 20),
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

export const userOperations: Readonly<Record<string, Operation>> = {
  CreateUser: operation<sdk.CreateUserRequest, sdk.CreateUserResponse>({
    handle: (input, call) => {
      const name = checkName(input.UserName, 'userName');
      const path = checkPath(input.Path);
      if (iamTables(call.tables).users.has(scopeKey(call, name))) {
        throw alreadyExists(`User with name ${name} already exists.`);
      }
      const user: User = {
        Path: path,
        UserName: name,
        UserId: newId('AIDA'),
        Arn: `arn:aws:iam::${call.account}:user${path}${name}`,
        CreateDate: call.clock.now(),
        ...(input.Tags ? { Tags: input.Tags } : {}),
        attached: [],
        inline: {},
      };
      return { User: shown(save(user, call)) };
    },
  }),
  GetUser: operation<sdk.GetUserRequest, sdk.GetUserResponse>({
    handle: (input, call) => {
      if (input.UserName !== undefined) {
        return { User: shown(requireUser(input.UserName, call)) };
      }
      const { principal } = call;
      const name = principal.arn.split('/').at(-1) ?? '';
      return {
        User: {
          Path: '/',
          ...(principal.isRoot ? {} : { UserName: name }),
          UserId: principal.userId,
          Arn: principal.arn,
          CreateDate: accessKeys(call.tables).get(principal.accessKeyId)?.createdAt ?? call.clock.now(),
        } as Timestamped<sdk.User>,
      };
    },
  }),
  ListUsers: operation<sdk.ListUsersRequest, sdk.ListUsersResponse>({
    handle: (input, call) => {
      const users = iamTables(call.tables)
        .users.list(`${scopeKey(call)}/`)
        .filter((user) => user.Path?.startsWith(input.PathPrefix ?? '/'));
      const page = markedPage(users, input);
      return { Users: page.items.map(shown), ...page.rest };
    },
  }),
  DeleteUser: operation<sdk.DeleteUserRequest, object>({
    handle: (input, call) => {
      const user = requireUser(input.UserName, call);
      if (user.attached.length > 0) {
        throw deleteConflict('Cannot delete entity, must detach all policies first.');
      }
      if (Object.keys(user.inline).length > 0) {
        throw deleteConflict('Cannot delete entity, must delete policies first.');
      }
      if (keysOf(user, call).length > 0) {
        throw deleteConflict('Cannot delete entity, must delete access keys first.');
      }
      iamTables(call.tables).users.delete(scopeKey(call, user.UserName ?? ''));
      return {};
    },
  }),
  CreateAccessKey: operation<sdk.CreateAccessKeyRequest, sdk.CreateAccessKeyResponse>({ handle: createKey }),
  ListAccessKeys: operation<sdk.ListAccessKeysRequest, sdk.ListAccessKeysResponse>({
    handle: (input, call) => {
      const user = requireUser(input.UserName, call);
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
      const key = requireKey(requireUser(input.UserName, call), input.AccessKeyId, call);
      accessKeys(call.tables).put(key.accessKeyId, { ...key, status: input.Status === 'Inactive' ? 'Inactive' : 'Active' });
      return {};
    },
  }),
  DeleteAccessKey: operation<sdk.DeleteAccessKeyRequest, object>({
    handle: (input, call) => {
      accessKeys(call.tables).delete(requireKey(requireUser(input.UserName, call), input.AccessKeyId, call).accessKeyId);
      return {};
    },
  }),
  ...permissionOperations({
    kind: 'User',
    read: requireUser,
    write: (name, permissions, call) => void save({ ...requireUser(name, call), ...permissions }, call),
  }),
};
