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
export type InstanceProfile = Omit<Timestamped<sdk.InstanceProfile>, 'Roles'> & { roleNames: string[] };
export type Policy = Timestamped<sdk.Policy> & { versions: Timestamped<sdk.PolicyVersion>[] };

export interface IamTables {
  roles: Table<Role>;
  users: Table<User>;
  policies: Table<Policy>;
  instanceProfiles: Table<InstanceProfile>;
}

export function iamTables(tables: Tables): IamTables {
  return {
    roles: tables.table('iam.roles'),
    users: tables.table('iam.users'),
    policies: tables.table('iam.policies'),
    instanceProfiles: tables.table('iam.instance-profiles'),
  };
}

const ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** `AROA…`, `AIDA…`, `ANPA…`: a prefix that tells the kind, and seventeen characters. */
export function newId(prefix: string): string {
  return prefix + [...randomBytes(17)].map((byte) => ID_CHARACTERS[byte % ID_CHARACTERS.length]).join('');
}
