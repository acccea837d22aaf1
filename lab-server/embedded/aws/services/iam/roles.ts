// Roles: who may take them, and what they may do.
import type * as sdk from '@aws-sdk/client-iam';
import { lastUse } from '../../gateway/credentials.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { boundaryOf, boundaryOperations } from './boundaries.ts';
import { checkDocument, checkName, encoded, hasStatements, pathOf } from './documents.ts';
import { alreadyExists, constraint, constraints, deleteConflict, noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { permissionOperations } from './permissions.ts';
import { iamTables, newId, type Role } from './state.ts';
import { checkTags, tagOperations } from './tags.ts';

const HOUR = 3600;
const LONGEST_SESSION = 12 * HOUR;
const LONGEST_NAME = 64;

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

/** A role as answers show it. */
export function shownRole({ attached: _attached, inline: _inline, ...role }: Role): Timestamped<sdk.Role> {
  return { ...role, AssumeRolePolicyDocument: encoded(role.AssumeRolePolicyDocument ?? '') };
}

/** Listings leave tags and boundaries out. */
function listedRole(role: Role): Timestamped<sdk.Role> {
  return { ...shownRole(role), Tags: undefined, PermissionsBoundary: undefined };
}

/** Puts a role on record. Throws EntityAlreadyExists. */
export function newRole(wanted: { name: string; path: string; trust: string; rest: Partial<Role> }, call: Call): Role {
  const isTaken = iamTables(call.tables)
    .roles.list(`${scopeKey(call)}/`)
    .some((role) => role.RoleName?.toLowerCase() === wanted.name.toLowerCase());
  if (isTaken) {
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

function checkDuration(seconds: number | undefined): number {
  const duration = seconds ?? HOUR;
  if (duration < HOUR || duration > LONGEST_SESSION) {
    const rule = duration < HOUR ? `greater than or equal to ${HOUR}` : `less than or equal to ${LONGEST_SESSION}`;
    throw constraints([constraint(String(duration), 'maxSessionDuration', `Member must have value ${rule}`)]);
  }
  return duration;
}

/** Suites for other emulators write placeholders without a statement; such a role trusts nobody. */
function checkTrust(document: string | undefined, call: Call): void {
  if (!call.takesPlaceholders || hasStatements(document)) {
    checkDocument(document, 'trust');
  }
}

function create(input: Timestamped<sdk.CreateRoleRequest>, call: Call): { Role: Timestamped<sdk.Role> } {
  const name = checkName(input.RoleName, 'roleName', LONGEST_NAME);
  checkTrust(input.AssumeRolePolicyDocument, call);
  checkTags(input.Tags);
  const role = newRole(
    {
      name,
      path: pathOf(input.Path, call),
      trust: input.AssumeRolePolicyDocument ?? '',
      rest: {
        MaxSessionDuration: checkDuration(input.MaxSessionDuration),
        ...boundaryOf(input.PermissionsBoundary, call),
        ...(input.Description === undefined ? {} : { Description: input.Description }),
        ...(input.Tags?.length ? { Tags: input.Tags } : {}),
      },
    },
    call,
  );
  return { Role: shownRole(role) };
}

function remove(input: Timestamped<sdk.DeleteRoleRequest>, call: Call): object {
  const role = requireRole(input.RoleName, call);
  const { instanceProfiles, roles } = iamTables(call.tables);
  if (instanceProfiles.list(`${scopeKey(call)}/`).some((profile) => profile.roleNames.includes(role.RoleName ?? ''))) {
    throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
  }
  if (role.attached.length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.');
  }
  if (Object.keys(role.inline).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete policies first.');
  }
  roles.delete(scopeKey(call, role.RoleName ?? ''));
  return {};
}

export const roleOperations: Readonly<Record<string, Operation>> = {
  CreateRole: operation<sdk.CreateRoleRequest, sdk.CreateRoleResponse>({ handle: create }),
  GetRole: operation<sdk.GetRoleRequest, sdk.GetRoleResponse>({
    handle: (input, call) => {
      const role = requireRole(input.RoleName, call);
      const use = lastUse(call.tables, role.Arn ?? '');
      return { Role: { ...shownRole(role), RoleLastUsed: use ? { LastUsedDate: use.at, Region: use.region } : {} } };
    },
  }),
  ListRoles: operation<sdk.ListRolesRequest, sdk.ListRolesResponse>({
    handle: (input, call) => {
      const roles = iamTables(call.tables)
        .roles.list(`${scopeKey(call)}/`)
        .filter((role) => role.Path?.startsWith(input.PathPrefix ?? '/'));
      const page = markedPage(roles, input);
      return { Roles: page.items.map(listedRole), ...page.rest };
    },
  }),
  DeleteRole: operation<sdk.DeleteRoleRequest, object>({ handle: remove }),
  UpdateRole: operation<sdk.UpdateRoleRequest, sdk.UpdateRoleResponse>({
    handle: (input, call) => {
      // Both members are set anew: what the request leaves out goes back to its default.
      const role = requireRole(input.RoleName, call);
      save({ ...role, Description: input.Description, MaxSessionDuration: checkDuration(input.MaxSessionDuration) }, call);
      return {};
    },
  }),
  UpdateRoleDescription: operation<sdk.UpdateRoleDescriptionRequest, sdk.UpdateRoleDescriptionResponse>({
    handle: (input, call) => ({
      Role: shownRole(save({ ...requireRole(input.RoleName, call), Description: input.Description }, call)),
    }),
  }),
  UpdateAssumeRolePolicy: operation<sdk.UpdateAssumeRolePolicyRequest, object>({
    handle: (input, call) => {
      const role = requireRole(input.RoleName, call);
      checkDocument(input.PolicyDocument, 'trust');
      save({ ...role, AssumeRolePolicyDocument: input.PolicyDocument }, call);
      return {};
    },
  }),
  ...boundaryOperations({ kind: 'Role', read: requireRole, write: (role, call) => void save(role, call) }),
  ...tagOperations({
    kind: 'Role',
    member: 'RoleName',
    read: (name, call) => requireRole(name, call).Tags ?? [],
    write: (name, Tags, call) => void save({ ...requireRole(name, call), Tags }, call),
  }),
  ...permissionOperations({
    kind: 'Role',
    read: requireRole,
    write: (name, permissions, call) => void save({ ...requireRole(name, call), ...permissions }, call),
  }),
};
