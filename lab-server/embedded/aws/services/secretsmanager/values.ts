// Values of secrets: created, put, updated, read one by one or in a batch, and their versions with staging labels.
import { randomInt, randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import type { Call, Timestamped } from '../service.ts';
import { checkFilters, invalidToken, matchesFilters } from './filters.ts';
import { replicate, statusOf } from './replication.ts';
import {
  CURRENT,
  invalidParameter,
  invalidRequest,
  requireLive,
  requireReadable,
  requireSecret,
  save,
  secrets,
  secretsOf,
  withVersion,
  type Secret,
  type Version,
} from './secret.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;

const NAME = /^[A-Za-z0-9/_+=.@!-]{1,512}$/;
const DAY_MS = 86_400_000;
const SUFFIX_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const MAX_BYTES = 65_536;
const BATCH_PAGE = 20;

interface Given {
  SecretString?: string;
  SecretBinary?: Uint8Array;
  ClientRequestToken?: string;
}

/** The version that a request gives; undefined without a value. */
function versionOf(input: Given, call: Call): Version | undefined {
  checkToken(input.ClientRequestToken);
  if (input.SecretString === undefined && input.SecretBinary === undefined) {
    return undefined;
  }
  if (input.SecretString !== undefined && input.SecretBinary !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  if ((input.SecretBinary?.length ?? Buffer.byteLength(input.SecretString ?? '')) > MAX_BYTES) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to ${MAX_BYTES}`,
    );
  }
  return {
    versionId: input.ClientRequestToken ?? randomUUID(),
    secretString: input.SecretString,
    secretBinary: input.SecretBinary && Buffer.from(input.SecretBinary).toString('base64'),
    createdDate: call.clock.now(),
    stages: [CURRENT],
  };
}

export function checkToken(token: string | undefined): void {
  if (token !== undefined && (token.length < 32 || token.length > 64)) {
    throw invalidParameter('ClientRequestToken must be 32-64 characters long.');
  }
}

/** True when the same request came before. Throws ResourceExistsException when the token stands for another value. */
function isRepeated(secret: Secret, version: Version): boolean {
  const same = secret.versions.find((one) => one.versionId === version.versionId);
  if (!same) {
    return false;
  }
  if (same.secretString !== version.secretString || same.secretBinary !== version.secretBinary) {
    throw new AwsError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${version.versionId} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  return true;
}

export function create(input: Timestamped<sdk.CreateSecretRequest>, call: Call): Answer<sdk.CreateSecretResponse> {
  const name = input.Name ?? '';
  if (!NAME.test(name)) {
    throw new AwsError(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
  }
  const version = versionOf(input, call);
  const existing = secrets(call).get(scopeKey(call, name));
  if (existing) {
    if (existing.deletedDate !== undefined) {
      throw invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.");
    }
    if (input.ClientRequestToken !== undefined && version && isRepeated(existing, version)) {
      return { ARN: existing.arn, Name: name, VersionId: version.versionId };
    }
    throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
  }
  const suffix = Array.from({ length: 6 }, () => SUFFIX_CHARACTERS[randomInt(SUFFIX_CHARACTERS.length)]).join('');
  const now = call.clock.now();
  const secret: Secret = {
    arn: arn('secretsmanager', call, `secret:${name}-${suffix}`),
    name,
    description: input.Description,
    kmsKeyId: input.KmsKeyId,
    createdDate: now,
    lastChangedDate: now,
    ...(input.Tags ? { tags: input.Tags.map((tag) => ({ key: tag.Key, value: tag.Value })) } : {}),
    versions: version ? [version] : [],
  };
  const replicated = replicate(secret, input.AddReplicaRegions, input.ForceOverwriteReplicaSecret ?? false, call);
  save(replicated, call);
  return {
    ARN: secret.arn,
    Name: name,
    VersionId: version?.versionId,
    ...(replicated.replicas?.length ? { ReplicationStatus: statusOf(replicated) } : {}),
  };
}

export function putValue(input: Timestamped<sdk.PutSecretValueRequest>, call: Call): Answer<sdk.PutSecretValueResponse> {
  if (input.SecretString === undefined && input.SecretBinary === undefined) {
    requireLiveOrNothing(input.SecretId, call);
    throw invalidRequest('You must provide either SecretString or SecretBinary.');
  }
  const secret = requireLive(input.SecretId, call);
  const version = versionOf(input, call) as Version;
  // The first value of a secret is its current one, whatever labels it is given.
  const given = input.VersionStages ?? [CURRENT];
  const stages = secret.versions.length === 0 && !given.includes(CURRENT) ? [...given, CURRENT] : given;
  if (!isRepeated(secret, version)) {
    save(withVersion(secret, version, stages, call.clock.now()), call);
  }
  return { ARN: secret.arn, Name: secret.name, VersionId: version.versionId, VersionStages: stages };
}

/** A copy or a deleted secret says so first; one that does not exist does not. */
function requireLiveOrNothing(id: string | undefined, call: Call): void {
  try {
    requireLive(id, call);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') {
      throw error;
    }
  }
}

function findVersion(secret: Secret, wanted: { VersionId?: string; VersionStage?: string }): Version {
  const { VersionId: id, VersionStage } = wanted;
  const stage = VersionStage ?? CURRENT;
  const version = secret.versions.find((one) => (id === undefined ? one.stages.includes(stage) : one.versionId === id));
  if (!version) {
    throw new AwsError(
      'ResourceNotFoundException',
      id === undefined
        ? `Secrets Manager can't find the specified secret value for staging label: ${stage}`
        : `Secrets Manager can't find the specified secret value for VersionId: ${id}`,
    );
  }
  if (id !== undefined && VersionStage !== undefined && !version.stages.includes(VersionStage)) {
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  }
  return version;
}

function shownValue(secret: Secret, version: Version): Answer<sdk.GetSecretValueResponse> {
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.versionId,
    SecretString: version.secretString,
    SecretBinary: version.secretBinary === undefined ? undefined : Buffer.from(version.secretBinary, 'base64'),
    VersionStages: version.stages,
    CreatedDate: version.createdDate,
  };
}

export function getValue(input: Timestamped<sdk.GetSecretValueRequest>, call: Call): Answer<sdk.GetSecretValueResponse> {
  const secret = requireReadable(input.SecretId, call);
  const version = findVersion(secret, input);
  const today = Math.floor(call.clock.now() / DAY_MS) * DAY_MS;
  if (secret.lastAccessedDate !== today) {
    secrets(call).put(scopeKey(call, secret.name), { ...secret, lastAccessedDate: today });
  }
  return shownValue(secret, version);
}

export function batchGetValues(input: Timestamped<sdk.BatchGetSecretValueRequest>, call: Call): Answer<sdk.BatchGetSecretValueResponse> {
  const { SecretIdList: ids, Filters: filters } = input;
  if ((ids && filters) || (!ids && !filters)) {
    throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  }
  if (ids && input.MaxResults !== undefined) {
    throw invalidParameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.");
  }
  if (filters) {
    checkFilters(filters);
    const matching = secretsOf(call).filter((secret) => secret.deletedDate === undefined && matchesFilters(secret, filters));
    const page = pageOf(matching, input.NextToken, input.MaxResults ?? BATCH_PAGE, invalidToken);
    return { SecretValues: page.items.map((secret) => shownValue(secret, findVersion(secret, {}))), Errors: [], NextToken: page.nextToken };
  }
  const values: sdk.SecretValueEntry[] = [];
  const errors: sdk.APIErrorType[] = [];
  for (const id of ids ?? []) {
    try {
      const secret = requireSecret(id, call);
      if (secret.deletedDate !== undefined) {
        throw invalidRequest("You tried to perform the operation on a secret that's currently marked deleted.");
      }
      values.push(shownValue(secret, findVersion(secret, {})) as sdk.SecretValueEntry);
    } catch (error) {
      if (!(error instanceof AwsError)) {
        throw error;
      }
      errors.push({ SecretId: id, ErrorCode: error.code, Message: error.message });
    }
  }
  return { SecretValues: values as Answer<sdk.BatchGetSecretValueResponse>['SecretValues'], Errors: errors };
}

export function update(input: Timestamped<sdk.UpdateSecretRequest>, call: Call): Answer<sdk.UpdateSecretResponse> {
  const secret = requireLive(input.SecretId, call);
  const version = versionOf(input, call);
  const described = { ...secret, description: input.Description ?? secret.description, kmsKeyId: input.KmsKeyId ?? secret.kmsKeyId };
  const now = call.clock.now();
  const isNew = version !== undefined && !isRepeated(secret, version);
  save(isNew ? withVersion(described, version, [CURRENT], now) : { ...described, lastChangedDate: now }, call);
  return { ARN: secret.arn, Name: secret.name, ...(version ? { VersionId: version.versionId } : {}) };
}

/** Moves a staging label from one version to another, or takes it away. */
export function updateStage(
  input: Timestamped<sdk.UpdateSecretVersionStageRequest>,
  call: Call,
): Answer<sdk.UpdateSecretVersionStageResponse> {
  const secret = requireLive(input.SecretId, call);
  const { VersionStage: stage = '', MoveToVersionId: to, RemoveFromVersionId: from } = input;
  for (const id of [to, from]) {
    if (id !== undefined && !secret.versions.some((one) => one.versionId === id)) {
      throw invalidParameter(`Not a valid version: ${id}`);
    }
  }
  const holder = secret.versions.find((one) => one.stages.includes(stage));
  if (from !== undefined && holder?.versionId !== from) {
    throw invalidParameter(`Version stage ${stage} not found in version ${from}`);
  }
  if (holder && from === undefined && holder.versionId !== to) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.versionId}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  const target = secret.versions.find((one) => one.versionId === to);
  if (target) {
    const stages = [...target.stages.filter((one) => one !== stage), stage];
    const moved = withVersion({ ...secret, versions: secret.versions }, target, stages, call.clock.now());
    save(moved, call);
  } else {
    if (stage === CURRENT) {
      throw invalidParameter('You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.');
    }
    const versions = secret.versions.map((one) => ({ ...one, stages: one.stages.filter((label) => label !== stage) }));
    save({ ...secret, versions, lastChangedDate: call.clock.now() }, call);
  }
  return { ARN: secret.arn, Name: secret.name };
}
