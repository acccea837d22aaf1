// Instance profiles: how a role comes to an instance.
import type * as sdk from '@aws-sdk/client-iam';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkName, pathOf } from './documents.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { requireRole, shownRole } from './roles.ts';
import { iamTables, newId, type InstanceProfile } from './state.ts';
import { checkTags, tagOperations } from './tags.ts';

function requireProfile(name: string | undefined, call: Call): InstanceProfile {
  const profile = iamTables(call.tables).instanceProfiles.get(scopeKey(call, name ?? ''));
  if (!profile) {
    throw noSuchEntity(`Instance Profile ${name ?? ''} cannot be found.`);
  }
  return profile;
}

function save(profile: InstanceProfile, call: Call): InstanceProfile {
  iamTables(call.tables).instanceProfiles.put(scopeKey(call, profile.InstanceProfileName ?? ''), profile);
  return profile;
}

export function shownProfile({ roleNames, ...profile }: InstanceProfile, call: Call): Timestamped<sdk.InstanceProfile> {
  const { roles } = iamTables(call.tables);
  return { ...profile, Roles: roleNames.flatMap((name) => roles.get(scopeKey(call, name)) ?? []).map(shownRole) };
}

export const instanceProfileOperations: Readonly<Record<string, Operation>> = {
  CreateInstanceProfile: operation<sdk.CreateInstanceProfileRequest, sdk.CreateInstanceProfileResponse>({
    handle: (input, call) => {
      const name = checkName(input.InstanceProfileName, 'instanceProfileName');
      const path = pathOf(input.Path, call);
      checkTags(input.Tags);
      if (iamTables(call.tables).instanceProfiles.has(scopeKey(call, name))) {
        throw alreadyExists(`Instance Profile ${name} already exists.`);
      }
      const profile = save(
        {
          Path: path,
          InstanceProfileName: name,
          InstanceProfileId: newId('AIPA'),
          Arn: `arn:aws:iam::${call.account}:instance-profile${path}${name}`,
          CreateDate: call.clock.now(),
          Tags: input.Tags ?? [],
          roleNames: [],
        },
        call,
      );
      return { InstanceProfile: shownProfile(profile, call) };
    },
  }),
  GetInstanceProfile: operation<sdk.GetInstanceProfileRequest, sdk.GetInstanceProfileResponse>({
    handle: (input, call) => ({ InstanceProfile: shownProfile(requireProfile(input.InstanceProfileName, call), call) }),
  }),
  ListInstanceProfiles: operation<sdk.ListInstanceProfilesRequest, sdk.ListInstanceProfilesResponse>({
    handle: (input, call) => {
      const page = markedPage(
        iamTables(call.tables)
          .instanceProfiles.list(`${scopeKey(call)}/`)
          .filter((profile) => profile.Path?.startsWith(input.PathPrefix ?? '/')),
        input,
      );
      return { InstanceProfiles: page.items.map((profile) => shownProfile(profile, call)), ...page.rest };
    },
  }),
  ListInstanceProfilesForRole: operation<sdk.ListInstanceProfilesForRoleRequest, sdk.ListInstanceProfilesForRoleResponse>({
    handle: (input, call) => {
      const role = requireRole(input.RoleName, call);
      const found = iamTables(call.tables)
        .instanceProfiles.list(`${scopeKey(call)}/`)
        .filter((profile) => profile.roleNames.includes(role.RoleName ?? ''));
      const page = markedPage(found, input);
      return { InstanceProfiles: page.items.map((profile) => shownProfile(profile, call)), ...page.rest };
    },
  }),
  AddRoleToInstanceProfile: operation<sdk.AddRoleToInstanceProfileRequest, object>({
    handle: (input, call) => {
      const profile = requireProfile(input.InstanceProfileName, call);
      const role = requireRole(input.RoleName, call);
      if (profile.roleNames.length > 0) {
        throw limitExceeded('InstanceSessionsPerInstanceProfile', 1);
      }
      save({ ...profile, roleNames: [role.RoleName ?? ''] }, call);
      return {};
    },
  }),
  RemoveRoleFromInstanceProfile: operation<sdk.RemoveRoleFromInstanceProfileRequest, object>({
    handle: (input, call) => {
      const profile = requireProfile(input.InstanceProfileName, call);
      if (!profile.roleNames.includes(input.RoleName ?? '')) {
        throw noSuchEntity(`Role ${input.RoleName ?? ''} cannot be found.`);
      }
      save({ ...profile, roleNames: [] }, call);
      return {};
    },
  }),
  DeleteInstanceProfile: operation<sdk.DeleteInstanceProfileRequest, object>({
    handle: (input, call) => {
      const profile = requireProfile(input.InstanceProfileName, call);
      if (profile.roleNames.length > 0) {
        throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
      }
      iamTables(call.tables).instanceProfiles.delete(scopeKey(call, profile.InstanceProfileName ?? ''));
      return {};
    },
  }),
  ...tagOperations({
    kind: 'InstanceProfile',
    member: 'InstanceProfileName',
    read: (name, call) => requireProfile(name, call).Tags ?? [],
    write: (name, Tags, call) => void save({ ...requireProfile(name, call), Tags }, call),
  }),
};
