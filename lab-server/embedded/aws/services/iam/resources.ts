// Which resource an action of IAM is about, and the condition keys that IAM's own actions have.
import { scopeKey } from '../scope.ts';
import type { Authorization, Call } from '../service.ts';
import { iamTables } from './state.ts';

interface NamedInput {
  UserName?: string;
  RoleName?: string;
  GroupName?: string;
  InstanceProfileName?: string;
  ServerCertificateName?: string;
  PolicyArn?: string;
  PolicyName?: string;
  PolicyDocument?: string;
  Path?: string;
  SAMLProviderArn?: string;
  OpenIDConnectProviderArn?: string;
  SerialNumber?: string;
  PermissionsBoundary?: string;
  AWSServiceName?: string;
}

/** The ARN of what the input names; the caller's own where a user's name may be left out; `*` for the account as a whole. */
export function resourceOf(input: NamedInput, call: Call): Pick<Authorization, 'resource' | 'values'> {
  const values: Record<string, string> = {
    ...(input.PolicyArn === undefined ? {} : { 'iam:policyarn': input.PolicyArn }),
    ...(input.PermissionsBoundary === undefined ? {} : { 'iam:permissionsboundary': input.PermissionsBoundary }),
    ...(input.AWSServiceName === undefined ? {} : { 'iam:awsservicename': input.AWSServiceName }),
  };
  return { resource: arnOf(input, call), values };
}

function arnOf(input: NamedInput, call: Call): string {
  const tables = iamTables(call.tables);
  const key = (name: string): string => scopeKey(call, name);
  const named = (kind: string, name: string): string => `arn:aws:iam::${call.account}:${kind}${input.Path ?? '/'}${name}`;
  // A group's or profile's action may name a user or role beside it; the container is the resource.
  if (input.GroupName !== undefined) {
    return tables.groups.get(key(input.GroupName))?.Arn ?? named('group', input.GroupName);
  }
  if (input.InstanceProfileName !== undefined) {
    return tables.instanceProfiles.get(key(input.InstanceProfileName))?.Arn ?? named('instance-profile', input.InstanceProfileName);
  }
  if (input.RoleName !== undefined) {
    return tables.roles.get(key(input.RoleName))?.Arn ?? named('role', input.RoleName);
  }
  if (input.UserName !== undefined) {
    return tables.users.get(key(input.UserName))?.Arn ?? named('user', input.UserName);
  }
  if (input.ServerCertificateName !== undefined) {
    return named('server-certificate', input.ServerCertificateName);
  }
  if (input.PolicyName !== undefined && input.PolicyDocument !== undefined) {
    return named('policy', input.PolicyName);
  }
  const own = /GetUser$|AccessKey|LoginProfile|SigningCertificate|SSHPublicKey|ServiceSpecific|ChangePassword|ListMFADevices/.test(
    call.operation,
  );
  return (
    input.PolicyArn ?? input.SAMLProviderArn ?? input.OpenIDConnectProviderArn ?? input.SerialNumber ?? (own ? call.principal.arn : '*')
  );
}
