// The policies of roles and users: attached ones and inline ones, with the same actions for both kinds of identity.
import { AwsError } from '../../gateway/errors.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { checkDocument, checkName, encoded } from './documents.ts';
import { noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { requirePolicy } from './policies.ts';
import type { Permissions } from './state.ts';

const MAX_ATTACHED = 10;

interface Input {
  RoleName?: string;
  UserName?: string;
  PolicyArn?: string;
  PolicyName?: string;
  PolicyDocument?: string;
  Marker?: string;
  MaxItems?: number;
}

export interface Identity {
  /** `Role` or `User`, as in `AttachRolePolicy` and `RoleName`. */
  kind: 'Role' | 'User';
  read: (name: string | undefined, call: Call) => Permissions;
  write: (name: string | undefined, permissions: Permissions, call: Call) => void;
}

/** The seven actions on the policies of one kind of identity. */
export function permissionOperations({ kind, read, write }: Identity): Readonly<Record<string, Operation>> {
  const nameOf = (input: Input): string | undefined => (kind === 'Role' ? input.RoleName : input.UserName);
  const inlineOf = (input: Input, call: Call): string => {
    const document = read(nameOf(input), call).inline[input.PolicyName ?? ''];
    if (document === undefined) {
      throw noSuchEntity(`The ${kind.toLowerCase()} policy with name ${input.PolicyName ?? ''} cannot be found.`);
    }
    return document;
  };
  const define = (handle: (input: Input, call: Call) => object): Operation => operation<Input, object>({ handle });
  return {
    [`Attach${kind}Policy`]: define((input, call) => {
      const permissions = read(nameOf(input), call);
      const { Arn = '' } = requirePolicy(input.PolicyArn, call);
      if (!permissions.attached.includes(Arn)) {
        if (permissions.attached.length >= MAX_ATTACHED) {
          throw new AwsError('LimitExceededException', `Cannot exceed quota for PoliciesPer${kind}: ${MAX_ATTACHED}`);
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
      const page = markedPage(read(nameOf(input), call).attached, input);
      return {
        AttachedPolicies: page.items.map((arn) => ({ PolicyName: arn.split('/').at(-1), PolicyArn: arn })),
        ...page.rest,
      };
    }),
    [`Put${kind}Policy`]: define((input, call) => {
      const permissions = read(nameOf(input), call);
      const name = checkName(input.PolicyName, 'policyName');
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
