// Users.
import type * as sdk from '@aws-sdk/client-iam';
import { accessKeys } from '../../gateway/credentials.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { keysOf } from './keys-of-user.ts';
import { boundaryOf, boundaryOperations } from './boundaries.ts';
import { checkName, pathOf } from './documents.ts';
import { alreadyExists, deleteConflict, noSuchEntity, validation } from './errors.ts';
import { markedPage } from './pages.ts';
import { permissionOperations } from './permissions.ts';
import { iamTables, newId, type User } from './state.ts';
import { checkTags, tagOperations } from './tags.ts';

const LONGEST_NAME = 64;

/** The user of that name. Throws NoSuchEntity. */
export function requireUser(name: string | undefined, call: Call): User {
  const user = iamTables(call.tables).users.get(scopeKey(call, name ?? ''));
  if (!user) {
    throw noSuchEntity(`The user with name ${name ?? ''} cannot be found.`);
  }
  return user;
}

/** The user of that name, or the one who calls when there is no name. */
export function callersUser(name: string | undefined, call: Call): User {
  if (name !== undefined) {
    return requireUser(name, call);
  }
  const own = iamTables(call.tables)
    .users.list(`${scopeKey(call)}/`)
    .find((user) => user.Arn === call.principal.arn);
  if (!own) {
    throw validation('Must specify userName when calling with non-User credentials');
  }
  return own;
}

function save(user: User, call: Call): User {
  iamTables(call.tables).users.put(scopeKey(call, user.UserName ?? ''), user);
  return user;
}

export function shownUser({ attached: _attached, inline: _inline, ...user }: User): Timestamped<sdk.User> {
  return user;
}

/** Listings leave tags and boundaries out. */
function listedUser(user: User): Timestamped<sdk.User> {
  return { ...shownUser(user), Tags: undefined, PermissionsBoundary: undefined };
}

function create(input: Timestamped<sdk.CreateUserRequest>, call: Call): { User: Timestamped<sdk.User> } {
  const name = checkName(input.UserName, 'userName', LONGEST_NAME);
  const path = pathOf(input.Path, call);
  checkTags(input.Tags);
  if (isTaken(name, call)) {
    throw alreadyExists(`User with name ${name} already exists.`);
  }
  const user: User = {
    Path: path,
    UserName: name,
    UserId: newId('AIDA'),
    Arn: `arn:aws:iam::${call.account}:user${path}${name}`,
    CreateDate: call.clock.now(),
    ...boundaryOf(input.PermissionsBoundary, call),
    ...(input.Tags?.length ? { Tags: input.Tags } : {}),
    attached: [],
    inline: {},
  };
  return { User: shownUser(save(user, call)) };
}

/** Names that differ in case only are the same. */
function isTaken(name: string, call: Call): boolean {
  return iamTables(call.tables)
    .users.list(`${scopeKey(call)}/`)
    .some((user) => user.UserName?.toLowerCase() === name.toLowerCase());
}

function rename(input: Timestamped<sdk.UpdateUserRequest>, call: Call): object {
  const user = requireUser(input.UserName, call);
  const name = input.NewUserName === undefined ? (user.UserName ?? '') : checkName(input.NewUserName, 'newUserName', LONGEST_NAME);
  const path = input.NewPath === undefined ? (user.Path ?? '/') : pathOf(input.NewPath, call);
  if (name.toLowerCase() !== user.UserName?.toLowerCase() && isTaken(name, call)) {
    throw alreadyExists(`User with name ${name} already exists.`);
  }
  const renamed = { ...user, UserName: name, Path: path, Arn: `arn:aws:iam::${call.account}:user${path}${name}` };
  const { users, groups, loginProfiles, mfaDevices, signingCertificates, sshKeys } = iamTables(call.tables);
  users.delete(scopeKey(call, user.UserName ?? ''));
  save(renamed, call);
  for (const key of keysOf(user, call)) {
    accessKeys(call.tables).put(key.accessKeyId, { ...key, arn: renamed.Arn });
  }
  for (const [key, group] of groups.entries(`${scopeKey(call)}/`)) {
    if (group.userNames.includes(user.UserName ?? '')) {
      groups.put(key, { ...group, userNames: group.userNames.map((one) => (one === user.UserName ? name : one)) });
    }
  }
  const profile = loginProfiles.get(scopeKey(call, user.UserName ?? ''));
  if (profile) {
    loginProfiles.delete(scopeKey(call, user.UserName ?? ''));
    loginProfiles.put(scopeKey(call, name), { ...profile, UserName: name });
  }
  for (const [key, device] of mfaDevices.entries()) {
    if (device.userName === user.UserName) {
      mfaDevices.put(key, { ...device, userName: name });
    }
  }
  for (const table of [signingCertificates, sshKeys] as {
    entries(): [string, { UserName?: string }][];
    put(key: string, value: object): void;
  }[]) {
    for (const [key, record] of table.entries()) {
      if (record.UserName === user.UserName) {
        table.put(key, { ...record, UserName: name });
      }
    }
  }
  return {};
}

function remove(input: Timestamped<sdk.DeleteUserRequest>, call: Call): object {
  const user = requireUser(input.UserName, call);
  const { users, groups, loginProfiles, mfaDevices, signingCertificates } = iamTables(call.tables);
  const name = user.UserName ?? '';
  const refuse = (holds: boolean, what: string): void => {
    if (holds) {
      throw deleteConflict(`Cannot delete entity, must ${what} first.`);
    }
  };
  refuse(user.attached.length > 0, 'detach all policies');
  refuse(Object.keys(user.inline).length > 0, 'delete policies');
  refuse(
    groups.list(`${scopeKey(call)}/`).some((group) => group.userNames.includes(name)),
    'remove users from group',
  );
  refuse(keysOf(user, call).length > 0, 'delete access keys');
  refuse(loginProfiles.has(scopeKey(call, name)), 'delete login profile');
  refuse(
    mfaDevices.list(`${scopeKey(call)}/`).some((device) => device.userName === name),
    'delete MFA device',
  );
  refuse(
    signingCertificates.list(`${scopeKey(call)}/`).some((certificate) => certificate.UserName === name),
    'delete signing certificates',
  );
  users.delete(scopeKey(call, name));
  return {};
}

export const userOperations: Readonly<Record<string, Operation>> = {
  CreateUser: operation<sdk.CreateUserRequest, sdk.CreateUserResponse>({ handle: create }),
  GetUser: operation<sdk.GetUserRequest, sdk.GetUserResponse>({
    handle: (input, call) => {
      if (input.UserName !== undefined) {
        return { User: shownUser(requireUser(input.UserName, call)) };
      }
      const { principal } = call;
      const own = iamTables(call.tables)
        .users.list(`${scopeKey(call)}/`)
        .find((user) => user.Arn === principal.arn);
      if (own) {
        return { User: shownUser(own) };
      }
      if (!principal.isRoot && !principal.arn.includes(':user/')) {
        throw validation('Must specify userName when calling with non-User credentials');
      }
      return {
        User: {
          Path: '/',
          UserName: principal.isRoot ? 'root' : (principal.arn.split('/').at(-1) ?? ''),
          UserId: principal.userId,
          Arn: principal.arn,
          CreateDate: accessKeys(call.tables).get(principal.accessKeyId)?.createdAt ?? call.clock.now(),
        },
      };
    },
  }),
  ListUsers: operation<sdk.ListUsersRequest, sdk.ListUsersResponse>({
    handle: (input, call) => {
      const users = iamTables(call.tables)
        .users.list(`${scopeKey(call)}/`)
        .filter((user) => user.Path?.startsWith(input.PathPrefix ?? '/'));
      const page = markedPage(users, input);
      return { Users: page.items.map(listedUser), ...page.rest };
    },
  }),
  UpdateUser: operation<sdk.UpdateUserRequest, object>({ handle: rename }),
  DeleteUser: operation<sdk.DeleteUserRequest, object>({ handle: remove }),
  ...boundaryOperations({ kind: 'User', read: requireUser, write: (user, call) => void save(user, call) }),
  ...tagOperations({
    kind: 'User',
    member: 'UserName',
    read: (name, call) => requireUser(name, call).Tags ?? [],
    write: (name, Tags, call) => void save({ ...requireUser(name, call), Tags }, call),
  }),
  ...permissionOperations({
    kind: 'User',
    read: requireUser,
    write: (name, permissions, call) => void save({ ...requireUser(name, call), ...permissions }, call),
  }),
};
