// What the account has as a whole: its alias, its policy of passwords, its summary.
import type * as sdk from '@aws-sdk/client-iam';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { alreadyExists, constraints, noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { iamTables, type PasswordPolicy } from './state.ts';

const LIMITS = [
  ['MinimumPasswordLength', 128],
  ['PasswordReusePrevention', 24],
  ['MaxPasswordAge', 1095],
] as const;

/** The account's quotas as a new account has them. */
const QUOTAS: Readonly<Record<string, number>> = {
  AccessKeysPerUserQuota: 2,
  AssumeRolePolicySizeQuota: 2048,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AttachedPoliciesPerUserQuota: 10,
  GlobalEndpointTokenVersion: 1,
  GroupPolicySizeQuota: 5120,
  GroupsPerUserQuota: 10,
  GroupsQuota: 300,
  InstanceProfilesQuota: 1000,
  PoliciesQuota: 1500,
  PolicySizeQuota: 6144,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: 10_240,
  RolesQuota: 1000,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  UserPolicySizeQuota: 2048,
  UsersQuota: 5000,
  VersionsPerPolicyQuota: 5,
};

function updatePasswordPolicy(input: Timestamped<sdk.UpdateAccountPasswordPolicyRequest>, call: Call): object {
  const broken = LIMITS.filter(([member, most]) => (input[member] ?? 0) > most).map(
    ([member, most]) =>
      `Value "${input[member]}" at "${member.charAt(0).toLowerCase()}${member.slice(1)}" failed to satisfy constraint: Member must have value less than or equal to ${most}`,
  );
  if (broken.length > 0) {
    throw constraints(broken);
  }
  const policy: PasswordPolicy = {
    MinimumPasswordLength: input.MinimumPasswordLength ?? 6,
    RequireSymbols: input.RequireSymbols ?? false,
    RequireNumbers: input.RequireNumbers ?? false,
    RequireUppercaseCharacters: input.RequireUppercaseCharacters ?? false,
    RequireLowercaseCharacters: input.RequireLowercaseCharacters ?? false,
    AllowUsersToChangePassword: input.AllowUsersToChangePassword ?? false,
    ExpirePasswords: (input.MaxPasswordAge ?? 0) > 0,
    MaxPasswordAge: input.MaxPasswordAge ?? 0,
    HardExpiry: input.HardExpiry ?? false,
    ...(input.PasswordReusePrevention === undefined ? {} : { PasswordReusePrevention: input.PasswordReusePrevention }),
  };
  iamTables(call.tables).passwordPolicies.put(scopeKey(call), policy);
  return {};
}

function summary(call: Call): Record<string, number> {
  const tables = iamTables(call.tables);
  const prefix = `${scopeKey(call)}/`;
  const roles = tables.roles.list(prefix);
  const identities = [...roles, ...tables.users.list(prefix), ...tables.groups.list(prefix)];
  const devices = tables.mfaDevices.list(prefix);
  return {
    ...QUOTAS,
    // The lab's own key of the root is not the account's to see.
    AccountAccessKeysPresent: 0,
    AccountMFAEnabled: 0,
    AccountSigningCertificatesPresent: 0,
    Groups: tables.groups.list(prefix).length,
    InstanceProfiles: tables.instanceProfiles.list(prefix).length,
    MFADevices: devices.filter((device) => device.isVirtual).length,
    MFADevicesInUse: devices.filter((device) => device.userName !== undefined).length,
    Policies: tables.policies.list(prefix).length,
    PolicyVersionsInUse: identities.reduce((sum, identity) => sum + identity.attached.length, 0),
    Providers: tables.samlProviders.list(prefix).length + tables.oidcProviders.list(prefix).length,
    Roles: roles.length,
    ServerCertificates: tables.serverCertificates.list(prefix).length,
    Users: tables.users.list(prefix).length,
  };
}

export const accountOperations: Readonly<Record<string, Operation>> = {
  CreateAccountAlias: operation<sdk.CreateAccountAliasRequest, object>({
    handle: (input, call) => {
      const { aliases } = iamTables(call.tables);
      const alias = input.AccountAlias ?? '';
      if (!/^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/.test(alias)) {
        throw constraints([
          `Value '${alias}' at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`,
        ]);
      }
      if (aliases.entries().some(([key, one]) => one === alias && key !== scopeKey(call))) {
        throw alreadyExists(`The account alias ${alias} already exists.`);
      }
      // An account has one alias; a new one takes the place of the former.
      aliases.put(scopeKey(call), alias);
      return {};
    },
  }),
  DeleteAccountAlias: operation<sdk.DeleteAccountAliasRequest, object>({
    handle: (input, call) => {
      const { aliases } = iamTables(call.tables);
      if (aliases.get(scopeKey(call)) !== input.AccountAlias) {
        throw noSuchEntity(`The account alias ${input.AccountAlias ?? ''} cannot be found.`);
      }
      aliases.delete(scopeKey(call));
      return {};
    },
  }),
  ListAccountAliases: operation<sdk.ListAccountAliasesRequest, sdk.ListAccountAliasesResponse>({
    handle: (input, call) => {
      const alias = iamTables(call.tables).aliases.get(scopeKey(call));
      const page = markedPage(alias === undefined ? [] : [alias], input);
      return { AccountAliases: page.items, ...page.rest };
    },
  }),
  UpdateAccountPasswordPolicy: operation<sdk.UpdateAccountPasswordPolicyRequest, object>({ handle: updatePasswordPolicy }),
  GetAccountPasswordPolicy: operation<object, sdk.GetAccountPasswordPolicyResponse>({
    handle: (_input, call) => {
      const policy = iamTables(call.tables).passwordPolicies.get(scopeKey(call));
      if (!policy) {
        throw noSuchEntity(`The Password Policy with domain name ${call.account} cannot be found.`);
      }
      return { PasswordPolicy: policy };
    },
  }),
  DeleteAccountPasswordPolicy: operation<object, object>({
    handle: (_input, call) => {
      if (!iamTables(call.tables).passwordPolicies.delete(scopeKey(call))) {
        throw noSuchEntity('The account policy with name PasswordPolicy cannot be found.');
      }
      return {};
    },
  }),
  GetAccountSummary: operation<object, sdk.GetAccountSummaryResponse>({
    handle: (_input, call) => ({ SummaryMap: summary(call) }),
  }),
};
