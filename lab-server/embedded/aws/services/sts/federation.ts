// Sessions of roles for whoever an identity provider vouches for. Assertions and tokens are read; their signatures are not verified, since the
// provider's keys cannot be had here.
import type * as sdk from '@aws-sdk/client-sts';
import { z } from 'zod';
import { AwsError } from '../../gateway/errors.ts';
import { GLOBAL_REGION } from '../../gateway/route.ts';
import { iamTables } from '../iam/state.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { namedRole, notAuthorized, openSession, trustSays } from './role-sessions.ts';
import { checkDuration, checkName, HOUR, roleOf, sessionPolicies } from './rules.ts';

const LONGEST = 12 * HOUR;
const LONGEST_NAME = 64;
const WHO = 'anonymous';

const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  exp: z.number().optional(),
});
type Claims = z.infer<typeof claims>;

/** The claims of a JSON Web Token. Throws InvalidIdentityToken or ExpiredToken. */
function claimsOf(token: string, call: Call): Claims {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    read = undefined;
  }
  const parsed = claims.safeParse(read);
  if (!parsed.success) {
    throw new AwsError(
      'InvalidIdentityTokenException',
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }
  if (parsed.data.exp !== undefined && parsed.data.exp * 1000 <= call.clock.now()) {
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${Math.floor(call.clock.now() / 1000)} must be before the expiration date/time ${parsed.data.exp}`,
    );
  }
  return parsed.data;
}

function withWebIdentity(
  input: Timestamped<sdk.AssumeRoleWithWebIdentityRequest>,
  call: Call,
): Timestamped<Omit<sdk.AssumeRoleWithWebIdentityResponse, '$metadata'>> {
  const sessionName = input.RoleSessionName ?? '';
  checkName(sessionName, 'roleSessionName', 2, LONGEST_NAME);
  const seconds = checkDuration(input.DurationSeconds ?? HOUR, LONGEST);
  const arn = input.RoleArn ?? '';
  const { account } = roleOf(arn);
  const role = namedRole(arn, call);
  const action = 'sts:AssumeRoleWithWebIdentity';
  const token = call.takesPlaceholders ? undefined : claimsOf(input.WebIdentityToken ?? '', call);
  if (!role) {
    throw notAuthorized(WHO, action, arn);
  }
  if (token) {
    const issuer = token.iss.replace(/^https?:\/\//, '');
    const provider = `arn:aws:iam::${account}:oidc-provider/${issuer}`;
    if (!iamTables(call.tables).oidcProviders.has(scopeKey({ account, region: GLOBAL_REGION }, provider))) {
      throw new AwsError('InvalidIdentityTokenException', `No OpenIDConnect provider found in your account for ${token.iss}`);
    }
    const values = {
      [`${issuer}:sub`.toLowerCase()]: token.sub,
      ...(token.aud === undefined ? {} : { [`${issuer}:aud`.toLowerCase()]: token.aud }),
    };
    if (trustSays(role, action, { direct: { Federated: provider }, account: {} }, values) !== 'allow') {
      throw notAuthorized(WHO, action, arn);
    }
  }
  const opened = openSession(role, { sessionName, seconds, session: { ...sessionPolicies(input, call), tags: {} } }, call);
  return {
    ...opened,
    SubjectFromWebIdentityToken: token?.sub ?? 'subject',
    Audience: [token?.aud ?? 'client'].flat()[0],
    Provider: token?.iss ?? 'www.amazon.com',
  };
}

/** A value of an assertion's attribute; prefixes of namespaces and order of attributes do not matter. */
function attributeOf(assertion: string, name: string): string | undefined {
  const pattern = new RegExp(
    `<(?:\\w+:)?Attribute\\s[^>]*Name="https://aws\\.amazon\\.com/SAML/Attributes/${name}"[^>]*>\\s*<(?:\\w+:)?AttributeValue[^>]*>([^<]*)<`,
  );
  return pattern.exec(assertion)?.[1]?.trim();
}

function withSaml(
  input: Timestamped<sdk.AssumeRoleWithSAMLRequest>,
  call: Call,
): Timestamped<Omit<sdk.AssumeRoleWithSAMLResponse, '$metadata'>> {
  const assertion = Buffer.from(input.SAMLAssertion ?? '', 'base64').toString('utf8');
  const sessionName = attributeOf(assertion, 'RoleSessionName');
  const arn = input.RoleArn ?? '';
  const provider = input.PrincipalArn ?? '';
  if (sessionName === undefined) {
    throw new AwsError('InvalidIdentityTokenException', 'Invalid SAML Assertion: RoleSessionName is required in AuthnResponse');
  }
  const { account } = roleOf(arn);
  const role = namedRole(arn, call);
  const action = 'sts:AssumeRoleWithSAML';
  if (!role) {
    throw notAuthorized(WHO, action, arn);
  }
  const audience = /<(?:\w+:)?Audience>([^<]*)</.exec(assertion)?.[1] ?? 'urn:amazon:webservices';
  if (!call.takesPlaceholders) {
    if (!iamTables(call.tables).samlProviders.has(scopeKey({ account, region: GLOBAL_REGION }, provider))) {
      throw new AwsError('InvalidIdentityTokenException', "Specified provider doesn't exist");
    }
    const isOffered =
      attributeOf(assertion, 'Role')
        ?.split(',')
        .map((part) => part.trim())
        .includes(arn) ?? false;
    const recipient = /Recipient="([^"]*)"/.exec(assertion)?.[1] ?? '';
    if (!isOffered || trustSays(role, action, { direct: { Federated: provider }, account: {} }, { 'saml:aud': recipient }) !== 'allow') {
      throw notAuthorized(WHO, action, arn);
    }
  }
  const asked = input.DurationSeconds ?? Number(attributeOf(assertion, 'SessionDuration') ?? HOUR);
  const opened = openSession(
    role,
    { sessionName, seconds: checkDuration(asked, LONGEST), session: { ...sessionPolicies(input, call), tags: {} } },
    call,
  );
  return {
    ...opened,
    Subject: /<(?:\w+:)?NameID[^>]*>([^<]*)</.exec(assertion)?.[1],
    SubjectType: 'persistent',
    Issuer: /<(?:\w+:)?Issuer[^>]*>([^<]*)</.exec(assertion)?.[1],
    Audience: audience,
    NameQualifier: '',
  };
}

export const federationOperations: Readonly<Record<string, Operation>> = {
  AssumeRoleWithWebIdentity: operation<sdk.AssumeRoleWithWebIdentityRequest, sdk.AssumeRoleWithWebIdentityResponse>({
    authorize: () => [],
    handle: withWebIdentity,
  }),
  AssumeRoleWithSAML: operation<sdk.AssumeRoleWithSAMLRequest, sdk.AssumeRoleWithSAMLResponse>({ authorize: () => [], handle: withSaml }),
};
