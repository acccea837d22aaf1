// Permissions boundaries of users and roles: the policy that bounds what their other policies can allow.
import { operation, type Call, type Operation } from '../service.ts';
import { noSuchEntity, validation } from './errors.ts';
import { findPolicy } from './policies.ts';
import type { Role, User } from './state.ts';

export type Boundary = NonNullable<User['PermissionsBoundary']>;

/** Throws ValidationError for what is no policy's ARN, NoSuchEntity for a policy that does not exist. */
export function boundaryOf(arn: string | undefined, call: Call): { PermissionsBoundary?: Boundary } {
  if (arn === undefined) {
    return {};
  }
  if (!/^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/.+$/.test(arn)) {
    throw validation(`Value (${arn}) for parameter PermissionsBoundary is invalid.`);
  }
  if (!findPolicy(arn, call) && !call.takesPlaceholders) {
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  }
  return { PermissionsBoundary: { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: arn } };
}

interface BoundaryInput {
  UserName?: string;
  RoleName?: string;
  PermissionsBoundary?: string;
}

/** `Put<Kind>PermissionsBoundary` and `Delete<Kind>PermissionsBoundary`. */
export function boundaryOperations<Kind extends 'User' | 'Role'>(identity: {
  kind: Kind;
  read: (name: string | undefined, call: Call) => Kind extends 'User' ? User : Role;
  write: (record: Kind extends 'User' ? User : Role, call: Call) => void;
}): Readonly<Record<string, Operation>> {
  const { kind, read, write } = identity;
  const define = (handle: (input: BoundaryInput, call: Call) => object): Operation => operation<BoundaryInput, object>({ handle });
  return {
    [`Put${kind}PermissionsBoundary`]: define((input, call) => {
      write({ ...read(input[`${kind}Name`], call), ...boundaryOf(input.PermissionsBoundary, call) }, call);
      return {};
    }),
    [`Delete${kind}PermissionsBoundary`]: define((input, call) => {
      const record = read(input[`${kind}Name`], call);
      if (!record.PermissionsBoundary) {
        throw noSuchEntity(`${kind} ${input[`${kind}Name`] ?? ''} does not have a permissions boundary.`);
      }
      write({ ...record, PermissionsBoundary: undefined }, call);
      return {};
    }),
  };
}
