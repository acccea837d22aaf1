// Groups: users who have the same policies.
import type * as sdk from '@aws-sdk/client-iam';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkName, pathOf } from './documents.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { permissionOperations } from './permissions.ts';
import { iamTables, newId, type Group } from './state.ts';
import { requireUser, shownUser } from './users.ts';

const MOST_GROUPS_OF_USER = 10;

/** The group of that name. Throws NoSuchEntity. */
export function requireGroup(name: string | undefined, call: Call): Group {
  const group = iamTables(call.tables).groups.get(scopeKey(call, name ?? ''));
  if (!group) {
    throw noSuchEntity(`Group ${name ?? ''} not found`);
  }
  return group;
}

/** The same in the words of actions that change the group itself. */
function requireOwnGroup(name: string | undefined, call: Call): Group {
  const group = iamTables(call.tables).groups.get(scopeKey(call, name ?? ''));
  if (!group) {
    throw noSuchEntity(`The group with name ${name ?? ''} cannot be found.`);
  }
  return group;
}

export function groupsOfUser(userName: string, call: Pick<Call, 'tables' | 'account' | 'region'>): Group[] {
  return iamTables(call.tables)
    .groups.list(`${scopeKey(call)}/`)
    .filter((group) => group.userNames.includes(userName));
}

function save(group: Group, call: Call): Group {
  iamTables(call.tables).groups.put(scopeKey(call, group.GroupName ?? ''), group);
  return group;
}

export function shownGroup({ attached: _attached, inline: _inline, userNames: _users, ...group }: Group): Timestamped<sdk.Group> {
  return group;
}

function isTaken(name: string, call: Call): boolean {
  return iamTables(call.tables)
    .groups.list(`${scopeKey(call)}/`)
    .some((group) => group.GroupName?.toLowerCase() === name.toLowerCase());
}

function arnOf(path: string, name: string, call: Call): string {
  return `arn:aws:iam::${call.account}:group${path.endsWith('/') ? path : `${path}/`}${name}`;
}

export const groupOperations: Readonly<Record<string, Operation>> = {
  CreateGroup: operation<sdk.CreateGroupRequest, sdk.CreateGroupResponse>({
    handle: (input, call) => {
      const name = checkName(input.GroupName, 'groupName');
      const path = pathOf(input.Path, call);
      if (isTaken(name, call)) {
        throw alreadyExists(`Group ${name} already exists`);
      }
      const group: Group = {
        Path: path,
        GroupName: name,
        GroupId: newId('AGPA'),
        Arn: arnOf(path, name, call),
        CreateDate: call.clock.now(),
        attached: [],
        inline: {},
        userNames: [],
      };
      return { Group: shownGroup(save(group, call)) };
    },
  }),
  GetGroup: operation<sdk.GetGroupRequest, sdk.GetGroupResponse>({
    handle: (input, call) => {
      const group = requireGroup(input.GroupName, call);
      const page = markedPage(group.userNames, input);
      return { Group: shownGroup(group), Users: page.items.map((name) => shownUser(requireUser(name, call))), ...page.rest };
    },
  }),
  ListGroups: operation<sdk.ListGroupsRequest, sdk.ListGroupsResponse>({
    handle: (input, call) => {
      const groups = iamTables(call.tables)
        .groups.list(`${scopeKey(call)}/`)
        .filter((group) => group.Path?.startsWith(input.PathPrefix ?? '/'));
      const page = markedPage(groups, input);
      return { Groups: page.items.map(shownGroup), ...page.rest };
    },
  }),
  ListGroupsForUser: operation<sdk.ListGroupsForUserRequest, sdk.ListGroupsForUserResponse>({
    handle: (input, call) => {
      const page = markedPage(groupsOfUser(requireUser(input.UserName, call).UserName ?? '', call), input);
      return { Groups: page.items.map(shownGroup), ...page.rest };
    },
  }),
  UpdateGroup: operation<sdk.UpdateGroupRequest, object>({
    handle: (input, call) => {
      const group = requireOwnGroup(input.GroupName, call);
      const name = input.NewGroupName === undefined ? (group.GroupName ?? '') : checkName(input.NewGroupName, 'newGroupName');
      const path = input.NewPath === undefined ? (group.Path ?? '/') : pathOf(input.NewPath, call);
      if (name.toLowerCase() !== group.GroupName?.toLowerCase() && isTaken(name, call)) {
        throw alreadyExists(`Group ${name} already exists`);
      }
      iamTables(call.tables).groups.delete(scopeKey(call, group.GroupName ?? ''));
      save({ ...group, GroupName: name, Path: path, Arn: arnOf(path, name, call) }, call);
      return {};
    },
  }),
  DeleteGroup: operation<sdk.DeleteGroupRequest, object>({
    handle: (input, call) => {
      const group = requireOwnGroup(input.GroupName, call);
      if (group.userNames.length > 0) {
        throw deleteConflict('Cannot delete entity, must remove users from group first.');
      }
      if (group.attached.length > 0) {
        throw deleteConflict('Cannot delete entity, must detach all policies first.');
      }
      if (Object.keys(group.inline).length > 0) {
        throw deleteConflict('Cannot delete entity, must delete policies first.');
      }
      iamTables(call.tables).groups.delete(scopeKey(call, group.GroupName ?? ''));
      return {};
    },
  }),
  AddUserToGroup: operation<sdk.AddUserToGroupRequest, object>({
    handle: (input, call) => {
      const { UserName = '' } = requireUser(input.UserName, call);
      const group = requireGroup(input.GroupName, call);
      if (!group.userNames.includes(UserName)) {
        if (groupsOfUser(UserName, call).length >= MOST_GROUPS_OF_USER) {
          throw limitExceeded('GroupsPerUser', MOST_GROUPS_OF_USER);
        }
        save({ ...group, userNames: [...group.userNames, UserName] }, call);
      }
      return {};
    },
  }),
  RemoveUserFromGroup: operation<sdk.RemoveUserFromGroupRequest, object>({
    handle: (input, call) => {
      const group = requireGroup(input.GroupName, call);
      const { UserName = '' } = requireUser(input.UserName, call);
      if (!group.userNames.includes(UserName)) {
        throw noSuchEntity(`User ${UserName} not in group ${group.GroupName ?? ''}`);
      }
      save({ ...group, userNames: group.userNames.filter((name) => name !== UserName) }, call);
      return {};
    },
  }),
  ...permissionOperations({
    kind: 'Group',
    read: requireGroup,
    write: (name, permissions, call) => void save({ ...requireGroup(name, call), ...permissions }, call),
  }),
};
