// The policies of users, groups and roles: attached ones and inline ones, with the same actions for every kind of identity.
import { operation, type Call, type Operation } from '../service.ts';
import { checkDocument, checkName, encoded } from './documents.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { findPolicy } from './policies.ts';
import type { Permissions } from './state.ts';

const MAX_ATTACHED = 10;

interface Input {
  RoleName?: string;
  UserName?: string;
  GroupName?: string;
  PathPrefix?: string;
  PolicyArn?: string;
  PolicyName?: string;
  PolicyDocument?: string;
  Marker?: string;
  MaxItems?: number;
}

export interface Identity {
  /** As in `AttachRolePolicy` and `RoleName`. */
  kind: 'Role' | 'User' | 'Group';
  read: (name: string | undefined, call: Call) => Permissions;
  write: (name: string | undefined, permissions: Permissions, call: Call) => void;
}

/** The seven actions on the policies of one kind of identity. */
export function permissionOperations({ kind, read, write }: Identity): Readonly<Record<string, Operation>> {
  const nameOf = (input: Input): string | undefined => input[`${kind}Name`];
  const inlineOf = (input: Input, call: Call): string => {
    const document = read(nameOf(input), call).inline[input.PolicyName ?? ''];
    if (document === undefined) {
      throw noSuchEntity(notFoundWords(kind, input.PolicyName ?? ''));
    }
    return document;
  };
  const define = (handle: (input: Input, call: Call) => object): Operation => operation<Input, object>({ handle });
  return {
    [`Attach${kind}Policy`]: define((input, call) => {
      const permissions = read(nameOf(input), call);
      const { Arn = '' } = findPolicy(input.PolicyArn ?? '', call) ?? {};
      if (Arn === '') {
        throw noSuchEntity(`Policy ${input.PolicyArn ?? ''} does not exist or is not attachable.`);
      }
      if (!permissions.attached.includes(Arn)) {
        if (permissions.attached.length >= MAX_ATTACHED) {
          throw limitExceeded(`PoliciesPer${kind}`, MAX_ATTACHED);
        }
        write(nameOf(input), { ...permissions, attached: [...permissions.attached, Arn] }, call);
      }
      return {};
    }),
    [`Detach${kind}Policy`]: define((input, call) => {
      const permissions = read(nameOf(input), call);
      if (!permissions.attached.includes(input.PolicyArn ?? '')) {
        throw noSuchEntity(`Policy ${input.PolicyArn ?? ''} was not found.`);
      }
      write(nameOf(input), { ...permissions, attached: permissions.attached.filter((arn) => arn !== input.PolicyArn) }, call);
      return {};
    }),
    [`ListAttached${kind}Policies`]: define((input, call) => {
      const attached = read(nameOf(input), call).attached.filter((arn) =>
        arn.replace(/^.*?:policy/, '').startsWith(input.PathPrefix ?? '/'),
      );
      const page = markedPage(attached, input);
      return {
        AttachedPolicies: page.items.map((arn) => ({ PolicyName: arn.split('/').at(-1), PolicyArn: arn })),
        ...page.rest,
      };
    }),
    [`Put${kind}Policy`]: define((input, call) => {
      const permissions = read(nameOf(input), call);
      const name = call.takesPlaceholders ? (input.PolicyName ?? '') : checkName(input.PolicyName, 'policyName');
      checkDocument(input.PolicyDocument, 'permissions');
      write(nameOf(input), { ...permissions, inline: { ...permissions.inline, [name]: input.PolicyDocument ?? '' } }, call);
      return {};
    }),
    [`Get${kind}Policy`]: define((input, call) => ({
      [`${kind}Name`]: nameOf(input),
      PolicyName: input.PolicyName,
      PolicyDocument: encoded(inlineOf(input, call)),
    })),
    [`Delete${kind}Policy`]: define((input, call) => {
      inlineOf(input, call);
      const permissions = read(nameOf(input), call);
      const { [input.PolicyName ?? '']: _removed, ...inline } = permissions.inline;
      write(nameOf(input), { ...permissions, inline }, call);
      return {};
    }),
    [`List${kind}Policies`]: define((input, call) => {
      const page = markedPage(Object.keys(read(nameOf(input), call).inline).sort(), input);
      return { PolicyNames: page.items, ...page.rest };
    }),
  };
}

/** The words differ with the kind of identity. */
function notFoundWords(kind: Identity['kind'], policy: string): string {
  return kind === 'Group' ? `Policy ${policy} not found` : `The ${kind.toLowerCase()} policy with name ${policy} cannot be found.`;
}
