// The decision about one request, from all policies that bear on it (IAM user guide, "Policy evaluation logic").
import { appliesTo, appliesToCaller, statementsOf, type Caller, type Statement } from './statements.ts';
import type { AccessRequest } from './request.ts';

/** The policies that bear on a request. */
export interface BearingPolicies {
  identity: readonly string[];
  /** The permissions boundary's document, where the identity has one. */
  boundary?: string;
  /** Session policies; undefined where the session was made without any. */
  session?: readonly string[];
  /** The policy of the resource, and who the caller is in its eyes. */
  resource?: { document: string; direct: Caller; account: Caller };
}

export type PolicyKind = 'identity-based policy' | 'permissions boundary' | 'session policy' | 'resource-based policy';

export type Decision =
  | { verdict: 'allowed' }
  | { verdict: 'denied'; by: PolicyKind; isExplicit: true }
  | { verdict: 'denied'; by: PolicyKind; isExplicit: false };

export function decide(policies: BearingPolicies, request: AccessRequest): Decision {
  const { identity, boundary, session, resource } = policies;
  const bounds = boundary === undefined ? undefined : [boundary];
  const kinds: [PolicyKind, readonly string[] | undefined][] = [
    ['identity-based policy', identity],
    ['permissions boundary', bounds],
    ['session policy', session],
  ];
  for (const [by, documents] of kinds) {
    if (documents && says('Deny', documents, request)) {
      return { verdict: 'denied', by, isExplicit: true };
    }
  }
  const byResource = resource && resourceSays(resource, request);
  if (byResource === 'deny') {
    return { verdict: 'denied', by: 'resource-based policy', isExplicit: true };
  }
  // A resource's policy that names the caller itself needs nobody else's consent.
  if (byResource === 'allow') {
    return { verdict: 'allowed' };
  }
  for (const [by, documents] of kinds) {
    if (documents && !says('Allow', documents, request)) {
      return { verdict: 'denied', by, isExplicit: false };
    }
  }
  return { verdict: 'allowed' };
}

/** What a resource's policy says of a caller: `delegate` where it trusts the caller's account, whose own policies decide then. */
export function resourceSays(
  { document, direct, account }: NonNullable<BearingPolicies['resource']>,
  request: AccessRequest,
): 'allow' | 'deny' | 'delegate' | 'nothing' {
  const statements = statementsOf(document);
  const speaks = (effect: Statement['Effect'], caller: Caller): boolean =>
    statements.some((one) => one.Effect === effect && appliesToCaller(one, request, caller));
  if (speaks('Deny', direct) || speaks('Deny', account)) {
    return 'deny';
  }
  return speaks('Allow', direct) ? 'allow' : speaks('Allow', account) ? 'delegate' : 'nothing';
}

function says(effect: Statement['Effect'], documents: readonly string[], request: AccessRequest): boolean {
  return documents.some((document) => statementsOf(document).some((one) => one.Effect === effect && appliesTo(one, request)));
}

/** Why, in AWS's words, to follow "… on resource: X". */
export function reasonOf(decision: Decision & { verdict: 'denied' }, action: string): string {
  return decision.isExplicit
    ? `with an explicit deny in ${/^[aeiou]/.test(decision.by) ? 'an' : 'a'} ${decision.by}`
    : `because no ${decision.by} allows the ${action} action`;
}
