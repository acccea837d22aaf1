// Roles: who may take them, and what they may do.
import type * as sdk from '@aws-sdk/client-iam';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkDocument, checkName, checkPath, encoded } from './documents.ts';
import { alreadyExists, deleteConflict, noSuchEntity, validation } from './errors.ts';
import { markedPage } from './pages.ts';
import { permissionOperations } from './permissions.ts';
import { iamTables, newId, type Role } from './state.ts';

const HOUR = 3600;

/** The role of that name. Throws NoSuchEntity. */
export function requireRole(name: string | undefined, call: Call): Role {
  const role = iamTables(call.tables).roles.get(scopeKey(call, name ?? ''));
  if (!role) {
    throw noSuchEntity(`The role with name ${name ?? ''} cannot be found.`);
  }
  return role;
}

function save(role: Role, call: Call): Role {
  iamTables(call.tables).roles.put(scopeKey(call, role.RoleName ?? ''), role);
  return role;
}

/** A role as answers show it. Listings leave the tags out. */
export function shownRole({ attached: _attached, inline: _inline, ...role }: Role): Timestamped<sdk.Role> {
  return { ...role, AssumeRolePolicyDocument: encoded(role.AssumeRolePolicyDocument ?? '') };
}

function newRole(wanted: { name: string; path: string; trust: string; rest: Partial<Role> }, call: Call): Role {
  if (iamTables(call.tables).roles.has(scopeKey(call, wanted.name))) {
    throw alreadyExists(`Role with name ${wanted.name} already exists.`);
  }
  return save(
    {
      Path: wanted.path,
      RoleName: wanted.name,
      RoleId: newId('AROA'),
      Arn: `arn:aws:iam::${call.account}:role${wanted.path}${wanted.name}`,
      CreateDate: call.clock.now(),
      AssumeRolePolicyDocument: wanted.trust,
      MaxSessionDuration: HOUR,
      attached: [],
      inline: {},
      ...wanted.rest,
    },
    call,
  );
}

function create(input: Timestamped<sdk.CreateRoleRequest>, call: Call): { Role: Timestamped<sdk.Role> } {
  const name = checkName(input.RoleName, 'roleName');
  checkDocument(input.AssumeRolePolicyDocument, 'trust');
  const duration = input.MaxSessionDuration ?? HOUR;
  if (duration < HOUR || duration > 12 * HOUR) {
    throw validation(`The MaxSessionDuration value ${duration} is not between 3600 and 43200.`);
  }
  const role = newRole(
    {
      name,
      path: checkPath(input.Path),
      trust: input.AssumeRolePolicyDocument ?? '',
      rest: {
        MaxSessionDuration: duration,
        ...(input.Description === undefined ? {} : { Description: input.Description }),
        ...(input.Tags ? { Tags: input.Tags } : {}),
      },
    },
    call,
  );
  return { Role: shownRole(role) };
}

/** `ecs.amazonaws.com` → `AWSServiceRoleForECS`; others are named after their service. */
const LINKED: Readonly<Record<string, string>> = {
  'ecs.amazonaws.com': 'AWSServiceRoleForECS',
  'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
  'ecs.application-autoscaling.amazonaws.com': 'AWSServiceRoleForApplicationAutoScaling_ECSService',
};

function createLinked(input: Timestamped<sdk.CreateServiceLinkedRoleRequest>, call: Call): { Role: Timestamped<sdk.Role> } {
  const service = input.AWSServiceName ?? '';
  const name = LINKED[service] ?? `AWSServiceRoleFor${service.split('.')[0] ?? ''}`;
  if (iamTables(call.tables).roles.has(scopeKey(call, name))) {
    throw validation(`Service role name ${name} has been taken in this account, please try a different suffix.`);
  }
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: [service] }, Action: ['sts:AssumeRole'] }] };
  const role = newRole({ name, path: `/aws-service-role/${service}/`, trust: JSON.stringify(trust), rest: {} }, call);
  return { Role: shownRole(role) };
}

function remove(input: Timestamped<sdk.DeleteRoleRequest>, call: Call): object {
  const role = requireRole(input.RoleName, call);
  if (role.attached.length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.');
  }
  if (Object.keys(role.inline).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete policies first.');
  }
  const { instanceProfiles, roles } = iamTables(call.tables);
  if (instanceProfiles.list(`${scopeKey(call)}/`).some((profile) => profile.roleNames.includes(role.RoleName ?? ''))) {
    throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
  }
  roles.delete(scopeKey(call, role.RoleName ?? ''));
  return {};
}

export const roleOperations: Readonly<Record<string, Operation>> = {
  CreateRole: operation<sdk.CreateRoleRequest, sdk.CreateRoleResponse>({ handle: create }),
  CreateServiceLinkedRole: operation<sdk.CreateServiceLinkedRoleRequest, sdk.CreateServiceLinkedRoleResponse>({ handle: createLinked }),
  GetRole: operation<sdk.GetRoleRequest, sdk.GetRoleResponse>({
    handle: (input, call) => ({ Role: { ...shownRole(requireRole(input.RoleName, call)), RoleLastUsed: {} } }),
  }),
  ListRoles: operation<sdk.ListRolesRequest, sdk.ListRolesResponse>({
    handle: (input, call) => {
      const roles = iamTables(call.tables)
        .roles.list(`${scopeKey(call)}/`)
        .filter((role) => role.Path?.startsWith(input.PathPrefix ?? '/'));
      const page = markedPage(roles, input);
      return { Roles: page.items.map((role) => ({ ...shownRole(role), Tags: undefined })), ...page.rest };
    },
  }),
  DeleteRole: operation<sdk.DeleteRoleRequest, object>({ handle: remove }),
  UpdateRole: operation<sdk.UpdateRoleRequest, sdk.UpdateRoleResponse>({
    handle: (input, call) => {
      const role = requireRole(input.RoleName, call);
      save(
        {
          ...role,
          Description: input.Description ?? role.Description,
          MaxSessionDuration: input.MaxSessionDuration ?? role.MaxSessionDuration,
        },
        call,
      );
      return {};
    },
  }),
  UpdateAssumeRolePolicy: operation<sdk.UpdateAssumeRolePolicyRequest, object>({
    handle: (input, call) => {
      const role = requireRole(input.RoleName, call);
      checkDocument(input.PolicyDocument, 'trust');
      save({ ...role, AssumeRolePolicyDocument: input.PolicyDocument }, call);
      return {};
    },
  }),
  TagRole: operation<sdk.TagRoleRequest, object>({
    handle: (input, call) => {
      const role = requireRole(input.RoleName, call);
      const added = input.Tags ?? [];
      save({ ...role, Tags: [...(role.Tags ?? []).filter((tag) => !added.some((one) => one.Key === tag.Key)), ...added] }, call);
      return {};
    },
  }),
  UntagRole: operation<sdk.UntagRoleRequest, object>({
    handle: (input, call) => {
      const role = requireRole(input.RoleName, call);
      save({ ...role, Tags: (role.Tags ?? []).filter((tag) => !input.TagKeys?.includes(tag.Key ?? '')) }, call);
      return {};
    },
  }),
  ListRoleTags: operation<sdk.ListRoleTagsRequest, sdk.ListRoleTagsResponse>({
    handle: (input, call) => {
      const page = markedPage(requireRole(input.RoleName, call).Tags ?? [], input);
      return { Tags: page.items, ...page.rest };
    },
  }),
  ...permissionOperations({
    kind: 'Role',
    read: requireRole,
    write: (name, permissions, call) => void save({ ...requireRole(name, call), ...permissions }, call),
  }),
};
