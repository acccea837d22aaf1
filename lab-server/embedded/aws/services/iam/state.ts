// IAM's records. They belong to an account alone; the gateway keeps IAM under one region.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-iam';
import type { Table, Tables } from '../../state/tables.ts';
import type { Timestamped } from '../service.ts';

export type Tag = Timestamped<sdk.Tag>;

/** Policies of an identity: managed ones by their ARN, inline ones by their name. */
export interface Permissions {
  attached: string[];
  inline: Record<string, string>;
}

export type Role = Timestamped<sdk.Role> & Permissions;
export type User = Timestamped<sdk.User> & Permissions;
export type Group = Timestamped<sdk.Group> & Permissions & { userNames: string[] };
export type InstanceProfile = Omit<Timestamped<sdk.InstanceProfile>, 'Roles'> & { roleNames: string[] };
export type Policy = Timestamped<sdk.Policy> & { versions: Timestamped<sdk.PolicyVersion>[] };
/** The password is kept as a salted hash, for nobody signs in with it. */
export type LoginProfile = Timestamped<sdk.LoginProfile> & { passwordHash: string };
export type MfaDevice = Timestamped<sdk.VirtualMFADevice> & { userName?: string; isVirtual: boolean; name: string };
export type SamlProvider = Omit<Timestamped<sdk.GetSAMLProviderResponse>, '$metadata'> & { Arn: string };
export type OidcProvider = Omit<Timestamped<sdk.GetOpenIDConnectProviderResponse>, '$metadata'> & { Arn: string };
export type ServerCertificate = Timestamped<sdk.ServerCertificate>;
export type SigningCertificate = Timestamped<sdk.SigningCertificate>;
export type SshKey = Timestamped<sdk.SSHPublicKey>;
export type PasswordPolicy = Timestamped<sdk.PasswordPolicy>;
export type ServiceCredential = Timestamped<sdk.ServiceSpecificCredential>;

export interface IamTables {
  roles: Table<Role>;
  users: Table<User>;
  groups: Table<Group>;
  policies: Table<Policy>;
  instanceProfiles: Table<InstanceProfile>;
  loginProfiles: Table<LoginProfile>;
  mfaDevices: Table<MfaDevice>;
  samlProviders: Table<SamlProvider>;
  oidcProviders: Table<OidcProvider>;
  serverCertificates: Table<ServerCertificate>;
  signingCertificates: Table<SigningCertificate>;
  sshKeys: Table<SshKey>;
  serviceCredentials: Table<ServiceCredential>;
  aliases: Table<string>;
  passwordPolicies: Table<PasswordPolicy>;
  /** When the credential report of an account was made, and what it says. */
  credentialReports: Table<{ generatedAt: number; content: string }>;
}

export function iamTables(tables: Tables): IamTables {
  return {
    roles: tables.table('iam.roles'),
    users: tables.table('iam.users'),
    groups: tables.table('iam.groups'),
    policies: tables.table('iam.policies'),
    instanceProfiles: tables.table('iam.instance-profiles'),
    loginProfiles: tables.table('iam.login-profiles'),
    mfaDevices: tables.table('iam.mfa-devices'),
    samlProviders: tables.table('iam.saml-providers'),
    oidcProviders: tables.table('iam.oidc-providers'),
    serverCertificates: tables.table('iam.server-certificates'),
    signingCertificates: tables.table('iam.signing-certificates'),
    sshKeys: tables.table('iam.ssh-keys'),
    serviceCredentials: tables.table('iam.service-credentials'),
    aliases: tables.table('iam.account-aliases'),
    passwordPolicies: tables.table('iam.password-policies'),
    credentialReports: tables.table('iam.credential-reports'),
  };
}

const ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** `AROA…`, `AIDA…`, `ANPA…`: a prefix that tells the kind, and seventeen characters. */
export function newId(prefix: string): string {
  return prefix + [...randomBytes(17)].map((byte) => ID_CHARACTERS[byte % ID_CHARACTERS.length]).join('');
}
