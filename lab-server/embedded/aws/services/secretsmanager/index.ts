// AWS Secrets Manager: secrets with versions and staging labels.
import type * as sdk from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, parseArn, scopeKey } from '../scope.ts';
import { operation, type Call, type ServiceDefinition, type Timestamped } from '../service.ts';
import { mergeTags, withoutTags } from '../tags.ts';
import { checkFilters, invalidToken, matchesFilters } from './filters.ts';
import { randomPassword } from './password.ts';
import { removeRegions, replicateToRegions, statusOf, stopReplication } from './replication.ts';
import { cancelRotation, rotate } from './rotation.ts';
import { invalidParameter, requireLive, requireSecret, save, secrets, secretsOf, stagesOf, type Secret } from './secret.ts';
import { batchGetValues, create, getValue, putValue, update, updateStage } from './values.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;

const DAY_MS = 86_400_000;
const LONGEST_WINDOW = 30;

function describe(secret: Secret): Answer<sdk.DescribeSecretResponse> {
  const { rotation } = secret;
  const owner = secret.tags?.find((tag) => tag.key === 'aws:secretsmanager:owningService')?.value;
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    ...(rotation
      ? {
          RotationEnabled: rotation.enabled,
          RotationLambdaARN: rotation.lambdaArn,
          RotationRules: { AutomaticallyAfterDays: rotation.afterDays, ScheduleExpression: rotation.schedule, Duration: rotation.duration },
          LastRotatedDate: rotation.lastDate,
          NextRotationDate: rotation.nextDate,
        }
      : {}),
    LastChangedDate: secret.lastChangedDate,
    LastAccessedDate: secret.lastAccessedDate,
    DeletedDate: secret.deletedDate,
    Tags: secret.tags?.map((tag) => ({ Key: tag.key, Value: tag.value })),
    ...(secret.versions.length > 0 ? { VersionIdsToStages: stagesOf(secret) } : {}),
    OwningService: owner,
    CreatedDate: secret.createdDate,
    PrimaryRegion: secret.primaryRegion ?? (secret.replicas?.length ? parseArn(secret.arn)?.region : undefined),
    ...(secret.replicas?.length ? { ReplicationStatus: statusOf(secret) } : {}),
  };
}

function list(input: Timestamped<sdk.ListSecretsRequest>, call: Call): Answer<sdk.ListSecretsResponse> {
  const filters = input.Filters ?? [];
  checkFilters(filters);
  const matching = secretsOf(call)
    .filter((secret) => input.IncludePlannedDeletion || secret.deletedDate === undefined)
    .filter((secret) => matchesFilters(secret, filters));
  const page = pageOf(
    input.SortOrder === 'desc' ? matching.toReversed() : matching,
    input.NextToken,
    input.MaxResults ?? 100,
    invalidToken,
  );
  return {
    SecretList: page.items.map((secret) => {
      const { VersionIdsToStages, ReplicationStatus: _status, ...described } = describe(secret);
      return { ...described, SecretVersionsToStages: VersionIdsToStages };
    }),
    NextToken: page.nextToken,
  };
}

function remove(input: Timestamped<sdk.DeleteSecretRequest>, call: Call): Answer<sdk.DeleteSecretResponse> {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
  if (days !== undefined && (days < 7 || days > LONGEST_WINDOW)) {
    throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  }
  if (days !== undefined && force) {
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  const now = call.clock.now();
  let secret: Secret;
  try {
    secret = force ? requireSecret(input.SecretId, call) : requireLive(input.SecretId, call);
  } catch (error) {
    // A forced deletion of what does not exist succeeds, so that it can be repeated.
    if (force && error instanceof AwsError && error.code === 'ResourceNotFoundException') {
      const name = input.SecretId ?? '';
      return { ARN: parseArn(name) ? name : arn('secretsmanager', call, `secret:${name}`), Name: name, DeletionDate: now };
    }
    throw error;
  }
  if (secret.primaryRegion !== undefined) {
    throw invalidParameter("Operation not permitted on a replica secret. Call must be made in primary secret's region.");
  }
  const regions = (secret.replicas ?? []).map(({ region }) => region);
  if (regions.length > 0) {
    throw invalidParameter(`You can't delete secret ${secret.arn} that still has replica regions [${regions.join(', ')}]`);
  }
  const deletedDate = now + (force ? 0 : (days ?? LONGEST_WINDOW) * DAY_MS);
  if (force) {
    secrets(call).delete(scopeKey(call, secret.name));
  } else {
    save({ ...secret, deletedDate }, call);
  }
  return { ARN: secret.arn, Name: secret.name, DeletionDate: deletedDate };
}

function restore(input: Timestamped<sdk.RestoreSecretRequest>, call: Call): Answer<sdk.RestoreSecretResponse> {
  const found = requireSecret(input.SecretId, call);
  if (found.primaryRegion !== undefined) {
    requireLive(input.SecretId, call);
  }
  const { deletedDate: _deleted, ...secret } = found;
  save(secret, call);
  return { ARN: secret.arn, Name: secret.name };
}

function listVersions(input: Timestamped<sdk.ListSecretVersionIdsRequest>, call: Call): Answer<sdk.ListSecretVersionIdsResponse> {
  const secret = requireSecret(input.SecretId, call);
  const versions = secret.versions
    .filter((version) => input.IncludeDeprecated || version.stages.length > 0)
    .map((version) => ({ VersionId: version.versionId, VersionStages: version.stages, CreatedDate: version.createdDate }));
  const page = pageOf(versions, input.NextToken, input.MaxResults ?? 100, invalidToken);
  return { Versions: page.items, ARN: secret.arn, Name: secret.name, NextToken: page.nextToken };
}

function checkPolicy(policy: string | undefined): void {
  try {
    if (typeof JSON.parse(policy ?? '') === 'object') {
      return;
    }
  } catch {
    // The error below says it.
  }
  throw new AwsError('MalformedPolicyDocumentException', 'This resource policy contains invalid Json.');
}

const onSecret = (action: string) => (input: { SecretId?: string }, call: Call) => {
  try {
    const { arn, resourcePolicy } = requireSecret(input.SecretId, call);
    return [{ action: `secretsmanager:${action}`, resource: arn, ...(resourcePolicy === undefined ? {} : { resourcePolicy }) }];
  } catch {
    // Whether it exists is the operation's to say.
    return [{ action: `secretsmanager:${action}`, resource: input.SecretId ?? '*' }];
  }
};

export const secretsmanager: ServiceDefinition = {
  name: 'secretsmanager',
  operations: {
    CreateSecret: operation<sdk.CreateSecretRequest, sdk.CreateSecretResponse>({ handle: create }),
    PutSecretValue: operation<sdk.PutSecretValueRequest, sdk.PutSecretValueResponse>({
      authorize: onSecret('PutSecretValue'),
      handle: putValue,
    }),
    GetSecretValue: operation<sdk.GetSecretValueRequest, sdk.GetSecretValueResponse>({
      authorize: onSecret('GetSecretValue'),
      handle: getValue,
    }),
    BatchGetSecretValue: operation<sdk.BatchGetSecretValueRequest, sdk.BatchGetSecretValueResponse>({ handle: batchGetValues }),
    DescribeSecret: operation<sdk.DescribeSecretRequest, sdk.DescribeSecretResponse>({
      authorize: onSecret('DescribeSecret'),
      handle: (input, call) => describe(requireSecret(input.SecretId, call)),
    }),
    ListSecrets: operation<sdk.ListSecretsRequest, sdk.ListSecretsResponse>({ handle: list }),
    UpdateSecret: operation<sdk.UpdateSecretRequest, sdk.UpdateSecretResponse>({ authorize: onSecret('UpdateSecret'), handle: update }),
    UpdateSecretVersionStage: operation<sdk.UpdateSecretVersionStageRequest, sdk.UpdateSecretVersionStageResponse>({
      authorize: onSecret('UpdateSecretVersionStage'),
      handle: updateStage,
    }),
    DeleteSecret: operation<sdk.DeleteSecretRequest, sdk.DeleteSecretResponse>({ authorize: onSecret('DeleteSecret'), handle: remove }),
    RestoreSecret: operation<sdk.RestoreSecretRequest, sdk.RestoreSecretResponse>({
      authorize: onSecret('RestoreSecret'),
      handle: restore,
    }),
    RotateSecret: operation<sdk.RotateSecretRequest, sdk.RotateSecretResponse>({ authorize: onSecret('RotateSecret'), handle: rotate }),
    CancelRotateSecret: operation<sdk.CancelRotateSecretRequest, sdk.CancelRotateSecretResponse>({
      authorize: onSecret('CancelRotateSecret'),
      handle: cancelRotation,
    }),
    ListSecretVersionIds: operation<sdk.ListSecretVersionIdsRequest, sdk.ListSecretVersionIdsResponse>({
      authorize: onSecret('ListSecretVersionIds'),
      handle: listVersions,
    }),
    ReplicateSecretToRegions: operation<sdk.ReplicateSecretToRegionsRequest, sdk.ReplicateSecretToRegionsResponse>({
      authorize: onSecret('ReplicateSecretToRegions'),
      handle: replicateToRegions,
    }),
    RemoveRegionsFromReplication: operation<sdk.RemoveRegionsFromReplicationRequest, sdk.RemoveRegionsFromReplicationResponse>({
      authorize: onSecret('RemoveRegionsFromReplication'),
      handle: removeRegions,
    }),
    StopReplicationToReplica: operation<sdk.StopReplicationToReplicaRequest, sdk.StopReplicationToReplicaResponse>({
      authorize: onSecret('StopReplicationToReplica'),
      handle: stopReplication,
    }),
    TagResource: operation<sdk.TagResourceRequest, object>({
      authorize: onSecret('TagResource'),
      handle: (input, call) => {
        const secret = requireLive(input.SecretId, call);
        const added = (input.Tags ?? []).map((tag) => ({ key: tag.Key, value: tag.Value }));
        save({ ...secret, tags: mergeTags(secret.tags, added) }, call);
        return {};
      },
    }),
    UntagResource: operation<sdk.UntagResourceRequest, object>({
      authorize: onSecret('UntagResource'),
      handle: (input, call) => {
        const secret = requireLive(input.SecretId, call);
        save({ ...secret, tags: withoutTags(secret.tags, input.TagKeys ?? []) }, call);
        return {};
      },
    }),
    PutResourcePolicy: operation<sdk.PutResourcePolicyRequest, sdk.PutResourcePolicyResponse>({
      authorize: onSecret('PutResourcePolicy'),
      handle: (input, call) => {
        const secret = requireLive(input.SecretId, call);
        checkPolicy(input.ResourcePolicy);
        save({ ...secret, resourcePolicy: input.ResourcePolicy }, call);
        return { ARN: secret.arn, Name: secret.name };
      },
    }),
    GetResourcePolicy: operation<sdk.GetResourcePolicyRequest, sdk.GetResourcePolicyResponse>({
      authorize: onSecret('GetResourcePolicy'),
      handle: (input, call) => {
        const secret = requireLive(input.SecretId, call);
        return { ARN: secret.arn, Name: secret.name, ResourcePolicy: secret.resourcePolicy };
      },
    }),
    DeleteResourcePolicy: operation<sdk.DeleteResourcePolicyRequest, sdk.DeleteResourcePolicyResponse>({
      authorize: onSecret('DeleteResourcePolicy'),
      handle: (input, call) => {
        const { resourcePolicy: _policy, ...secret } = requireLive(input.SecretId, call);
        save(secret, call);
        return { ARN: secret.arn, Name: secret.name };
      },
    }),
    ValidateResourcePolicy: operation<sdk.ValidateResourcePolicyRequest, sdk.ValidateResourcePolicyResponse>({
      handle: (input) => {
        checkPolicy(input.ResourcePolicy);
        return { PolicyValidationPassed: true, ValidationErrors: [] };
      },
    }),
    GetRandomPassword: operation<sdk.GetRandomPasswordRequest, sdk.GetRandomPasswordResponse>({ handle: randomPassword }),
  },
  fidelity: {
    version: '2017-10-17',
    gaps: [
      'rotation functions: a rotation keeps the value and gives it a new version',
      'evaluation of resource policies',
      'managed external secrets',
    ],
    differences: [
      'A secret without a rotation function can be rotated.',
      'A secret whose recovery window has passed is still listed as planned for deletion.',
    ],
  },
};
