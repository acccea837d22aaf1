// The grammar of policy documents (IAM user guide, "Grammar of the IAM JSON policy language"), and IAM's words for what breaks it.
import { z } from 'zod';
import { malformedPolicy } from './errors.ts';
import { resourceProblem } from './policy-resources.ts';

const texts = z.union([z.string(), z.array(z.string().nullable())]);
const scalars = z.union([z.string(), z.boolean(), z.number(), z.array(z.union([z.string(), z.boolean(), z.number()]))]);
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.string().regex(/^(allow|deny)$/i),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Principal: z.union([z.literal('*'), z.record(z.string(), texts)]).optional(),
  NotPrincipal: z.union([z.literal('*'), z.record(z.string(), texts)]).optional(),
  Condition: z.record(z.string(), z.record(z.string(), scalars)).optional(),
});
const document = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: z.union([statement, z.array(statement).min(1)]),
});

type Statement = z.infer<typeof statement>;

const TEXT_OPERATORS = ['Equals', 'NotEquals', 'EqualsIgnoreCase', 'NotEqualsIgnoreCase', 'Like', 'NotLike'].map((name) => `String${name}`);
const ORDERED = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];
const OPERATORS = new Set([
  ...TEXT_OPERATORS,
  ...ORDERED.flatMap((name) => [`Numeric${name}`, `Date${name}`]),
  ...['Equals', 'NotEquals', 'Like', 'NotLike'].map((name) => `Arn${name}`),
  'Bool',
  'BinaryEquals',
  'IpAddress',
  'NotIpAddress',
  'Null',
]);
const SYNTAX = 'Syntax errors in policy.';
const LEGACY = 'The policy failed legacy parsing';
const TRUST_ACTIONS = /^sts:(\*|assumerole\*?|assumerolewithsaml|assumerolewithwebidentity|tagsession|setsourceidentity|setcontext)$/i;

/** Throws MalformedPolicyDocument unless `json` is a policy of an identity. */
export function checkPermissions(json: unknown): void {
  const { Version, Statement } = read(json);
  const statements = [Statement].flat();
  refuseIf(Version !== '2012-10-17', 'Policy document must be version 2012-10-17 or greater.');
  const resources = statements.flatMap((one) => listed(one.Resource ?? one.NotResource)).map(resourceProblem);
  refuseIf(statements.some((one) => !hasLegacyForm(one)) || resources.includes('legacy'), LEGACY);
  refuseIf(
    statements.some((one) => one.Principal !== undefined || one.NotPrincipal !== undefined),
    'Policy document should not specify a principal.',
  );
  checkIds(statements);
  const problem = resources.find((one) => one !== undefined);
  for (const one of statements) {
    refuseIf(listed(one.Action ?? one.NotAction).length === 0, 'Policy statement must contain actions.');
  }
  refuseIf(problem !== undefined, problem ?? '');
  checkActions(statements);
  for (const one of statements) {
    refuseIf(listed(one.Resource ?? one.NotResource).length === 0, 'Policy statement must contain resources.');
  }
}

/** Throws MalformedPolicyDocument unless `json` is a trust policy of a role. */
export function checkTrust(json: unknown): void {
  const statements = [read(json).Statement].flat();
  checkIds(statements);
  for (const { Resource, NotResource, Principal, NotPrincipal, Action, NotAction } of statements) {
    refuseIf(Resource !== undefined || NotResource !== undefined, 'Has prohibited field Resource.');
    refuseIf(Principal === undefined && NotPrincipal === undefined, 'Missing required field Principal');
    refuseIf(Action === undefined && NotAction === undefined, 'Missing required field Action');
    refuseIf(
      listed(Action ?? NotAction).some((action) => !TRUST_ACTIONS.test(action)),
      'Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity',
    );
    for (const service of listed(typeof Principal === 'object' ? Principal['Service'] : undefined)) {
      refuseIf(!/^[\w.-]+\.(amazonaws|amazon)\.com(\.cn)?$/.test(service), `Invalid principal in policy: "SERVICE":"${service}"`);
    }
  }
}

function read(json: unknown): z.infer<typeof document> {
  const parsed = document.safeParse(json);
  refuseIf(!parsed.success, SYNTAX);
  const read = parsed.data as z.infer<typeof document>;
  for (const one of [read.Statement].flat()) {
    refuseIf(one.Action !== undefined && one.NotAction !== undefined, SYNTAX);
    refuseIf(one.Resource !== undefined && one.NotResource !== undefined, SYNTAX);
    refuseIf(one.Principal !== undefined && one.NotPrincipal !== undefined, SYNTAX);
    for (const [operator, keys] of Object.entries(one.Condition ?? {})) {
      const name = operator.replace(/^(ForAllValues|ForAnyValue):/, '').replace(/IfExists$/, '');
      refuseIf(Object.keys(keys).length > 0 && !OPERATORS.has(name), SYNTAX);
    }
  }
  return read;
}

function checkIds(statements: readonly Statement[]): void {
  const ids = statements.flatMap(({ Sid }) => (Sid ? [Sid] : []));
  refuseIf(new Set(ids).size < ids.length, 'Statement IDs (SID) in a single policy must be unique.');
}

function checkActions(statements: readonly Statement[]): void {
  for (const action of statements.flatMap((one) => listed(one.Action ?? one.NotAction))) {
    if (action === '*') {
      continue;
    }
    const parts = action.split(':');
    refuseIf(parts.length < 2, 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
    refuseIf(parts.length > 2, 'Actions/Condition can contain only one colon.');
    refuseIf(!/^[\w.*?-]+$/.test(parts[0] ?? ''), `Vendor ${parts[0] ?? ''} is not valid`);
  }
}

/** The spelling of effects and the form of dates, which an older parser of IAM still checks. */
function hasLegacyForm({ Effect, Condition }: Statement): boolean {
  const dates = Object.entries(Condition ?? {})
    .filter(([operator]) => /(^|:)Date/.test(operator))
    .flatMap(([, keys]) => Object.values(keys).flat());
  return ['Allow', 'Deny'].includes(Effect) && dates.every((date) => isDate(String(date)));
}

const ISO_DATE = /^\d{2,4}(-(0[1-9]|1[0-2])(-\d{2})?)?(T(\d{1,2}(:\d{2}(:\d{2}(\.\d{1,9})?)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$/i;

/** ISO 8601 in its many lengths, or a number of seconds since the epoch. */
function isDate(text: string): boolean {
  return /^-?\d+$/.test(text) ? BigInt.asIntN(64, BigInt(text)) === BigInt(text) : ISO_DATE.test(text);
}

function listed(texts: string | readonly (string | null)[] | undefined): string[] {
  return [texts ?? []].flat().filter((text) => text !== null) as string[];
}

function refuseIf(isBroken: boolean, message: string): void {
  if (isBroken) {
    throw malformedPolicy(message);
  }
}
