// Temporary credentials: of a role, or of the caller.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-sts';
import { accessKeys, type AccessKey } from '../../gateway/credentials.ts';
import { AwsError, accessDenied } from '../../gateway/errors.ts';
import { GLOBAL_REGION } from '../../gateway/route.ts';
import { iamTables } from '../iam/state.ts';
import { parseArn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';

const SHORTEST = 900;
const HOUR = 3600;
const LONGEST = 43_200;
/** An ended key is told from an unknown one for a day. */
const KEPT_MS = 86_400_000;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

type Credentials = Timestamped<sdk.Credentials>;

function issue(wanted: Pick<AccessKey, 'arn' | 'userId'>, seconds: number, call: Call): Credentials {
  const expiresAt = call.clock.now() + seconds * 1000;
  const key: AccessKey = {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    account: call.account,
    ...wanted,
    status: 'Active',
    sessionToken: randomBytes(120).toString('base64'),
    expiresAt,
    createdAt: call.clock.now(),
  };
  forgetExpired(call);
  accessKeys(call.tables).put(key.accessKeyId, key);
  return { AccessKeyId: key.accessKeyId, SecretAccessKey: key.secretAccessKey, SessionToken: key.sessionToken, Expiration: expiresAt };
}

/** Ended credentials are refused by their date; they go when new ones come, so that they do not pile up. */
function forgetExpired(call: Call): void {
  const keys = accessKeys(call.tables);
  for (const key of keys.list('ASIA')) {
    if ((key.expiresAt ?? Infinity) < call.clock.now() - KEPT_MS) {
      keys.delete(key.accessKeyId);
    }
  }
}

function checkDuration(seconds: number, most: number): number {
  if (seconds < SHORTEST || seconds > LONGEST) {
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${seconds < SHORTEST ? `greater than or equal to ${SHORTEST}` : `less than or equal to ${LONGEST}`}`,
    );
  }
  if (seconds > most) {
    throw new AwsError('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  return seconds;
}

export const sessionOperations: Readonly<Record<string, Operation>> = {
  AssumeRole: operation<sdk.AssumeRoleRequest, sdk.AssumeRoleResponse>({
    authorize: (input) => [{ action: 'sts:AssumeRole', resource: input.RoleArn ?? '*' }],
    handle: (input, call) => {
      const session = input.RoleSessionName ?? '';
      if (!SESSION_NAME.test(session)) {
        throw new AwsError(
          'ValidationError',
          `1 validation error detected: Value '${session}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
        );
      }
      const parsed = parseArn(input.RoleArn ?? '');
      const name = parsed?.resource.split('/').at(-1) ?? '';
      if (!parsed || parsed.service !== 'iam' || !parsed.resource.startsWith('role/')) {
        throw new AwsError('ValidationError', `${input.RoleArn ?? ''} is invalid`);
      }
      const role = iamTables(call.tables).roles.get(scopeKey({ account: parsed.account, region: GLOBAL_REGION }, name));
      if (!role) {
        // AWS does not tell a role that is missing from one that is forbidden.
        const said = accessDenied(call.principal.arn, 'sts:AssumeRole', input.RoleArn ?? '', '');
        throw new AwsError('AccessDenied', said.message.replace(/ because $/, ''), { status: 403 });
      }
      const seconds = checkDuration(input.DurationSeconds ?? HOUR, role.MaxSessionDuration ?? HOUR);
      const arn = `arn:aws:sts::${parsed.account}:assumed-role/${name}/${session}`;
      const userId = `${role.RoleId ?? ''}:${session}`;
      return { Credentials: issue({ arn, userId }, seconds, call), AssumedRoleUser: { AssumedRoleId: userId, Arn: arn } };
    },
  }),
  GetSessionToken: operation<sdk.GetSessionTokenRequest, sdk.GetSessionTokenResponse>({
    authorize: () => [],
    handle: (input, call) => ({
      Credentials: issue(
        { arn: call.principal.arn, userId: call.principal.userId },
        checkDuration(input.DurationSeconds ?? LONGEST, LONGEST),
        call,
      ),
    }),
  }),
};
