// Rotation of secrets: its rules and dates. The endpoint has no functions to call, so a rotation gives the present value a new version.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-secrets-manager';
import type { Call, Timestamped } from '../service.ts';
import { CURRENT, invalidParameter, invalidRequest, requireLive, save, withVersion, type Rotation } from './secret.ts';
import { checkToken } from './values.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;

const DAY_MS = 86_400_000;
const MAX_LAMBDA_ARN = 2048;
const MAX_DAYS = 1000;

export function rotate(input: Timestamped<sdk.RotateSecretRequest>, call: Call): Answer<sdk.RotateSecretResponse> {
  const secret = requireLive(input.SecretId, call);
  checkToken(input.ClientRequestToken);
  if ((input.RotationLambdaARN?.length ?? 0) > MAX_LAMBDA_ARN) {
    throw invalidParameter('RotationLambdaARN must <= 2048 characters long.');
  }
  const rules = input.RotationRules ?? {};
  const days = rules.AutomaticallyAfterDays;
  if (days !== undefined && (days < 1 || days > MAX_DAYS)) {
    throw invalidParameter(`RotationRules.AutomaticallyAfterDays must be within 1-${MAX_DAYS}.`);
  }
  const now = call.clock.now();
  const afterDays = days ?? secret.rotation?.afterDays;
  const isImmediate = input.RotateImmediately ?? true;
  const rotation: Rotation = {
    enabled: true,
    lambdaArn: input.RotationLambdaARN ?? secret.rotation?.lambdaArn,
    afterDays,
    schedule: rules.ScheduleExpression ?? secret.rotation?.schedule,
    duration: rules.Duration ?? secret.rotation?.duration,
    lastDate: isImmediate ? now : secret.rotation?.lastDate,
    ...(afterDays === undefined ? {} : { nextDate: now + afterDays * DAY_MS }),
  };
  const current = secret.versions.find((one) => one.stages.includes(CURRENT));
  const versionId = input.ClientRequestToken ?? randomUUID();
  const rotated =
    isImmediate && current ? withVersion(secret, { ...current, versionId, createdDate: now, stages: [] }, [CURRENT], now) : secret;
  save({ ...rotated, rotation, lastChangedDate: now }, call);
  return { ARN: secret.arn, Name: secret.name, ...(current ? { VersionId: versionId } : {}) };
}

export function cancelRotation(input: Timestamped<sdk.CancelRotateSecretRequest>, call: Call): Answer<sdk.CancelRotateSecretResponse> {
  const secret = requireLive(input.SecretId, call);
  if (!secret.rotation?.enabled) {
    throw invalidRequest("You tried to cancel the rotation of a secret that doesn't have rotation enabled.");
  }
  const { nextDate: _next, ...rotation } = secret.rotation;
  save({ ...secret, rotation: { ...rotation, enabled: false } }, call);
  return { ARN: secret.arn, Name: secret.name };
}
