// Temporary credentials: made, told from unknown ones for a day after their end, and forgotten.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-sts';
import { accessKeys, type AccessKey } from '../../gateway/credentials.ts';
import { newId } from '../iam/state.ts';
import type { AwsContext, Session, Timestamped } from '../service.ts';

export type Credentials = Timestamped<sdk.Credentials>;

/** An ended key is told from an unknown one for a day. */
const KEPT_MS = 86_400_000;
const KEY_LENGTH = 20;
/** How AWS's session tokens begin, and how long they are. */
const TOKEN_START = 'FQoGZXIvYXdzE';
const TOKEN_LENGTH = 356;

export function issue(
  wanted: { account: string; arn: string; userId: string; session: Session },
  seconds: number,
  context: Pick<AwsContext, 'tables' | 'clock'>,
): Credentials {
  const now = context.clock.now();
  const expiresAt = now + seconds * 1000;
  const key: AccessKey = {
    accessKeyId: newId('ASIA').slice(0, KEY_LENGTH),
    secretAccessKey: randomBytes(30).toString('base64'),
    ...wanted,
    status: 'Active',
    sessionToken: (TOKEN_START + randomBytes(TOKEN_LENGTH).toString('base64')).slice(0, TOKEN_LENGTH),
    expiresAt,
    createdAt: now,
  };
  forgetExpired(context);
  accessKeys(context.tables).put(key.accessKeyId, key);
  return { AccessKeyId: key.accessKeyId, SecretAccessKey: key.secretAccessKey, SessionToken: key.sessionToken, Expiration: expiresAt };
}

/** Ended credentials are refused by their date; they go when new ones come, so that they do not pile up. */
function forgetExpired({ tables, clock }: Pick<AwsContext, 'tables' | 'clock'>): void {
  const keys = accessKeys(tables);
  for (const key of keys.list('ASIA')) {
    if ((key.expiresAt ?? Infinity) < clock.now() - KEPT_MS) {
      keys.delete(key.accessKeyId);
    }
  }
}
