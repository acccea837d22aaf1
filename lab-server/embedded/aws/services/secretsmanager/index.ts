// AWS Secrets Manager: secrets with versions and staging labels.
import { randomInt, randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, parseArn, scopeKey } from '../scope.ts';
import { operation, type Call, type ServiceDefinition, type Timestamped } from '../service.ts';
import type { Table } from '../../state/tables.ts';
import type { Tag } from '../tags.ts';

interface Version {
  versionId: string;
  secretString?: string;
  /** Base64. */
  secretBinary?: string;
  createdDate: number;
  stages: string[];
}

interface Secret {
  arn: string;
  name: string;
  description?: string;
  kmsKeyId?: string;
  createdDate: number;
  lastChangedDate: number;
  lastAccessedDate?: number;
  deletedDate?: number;
  tags: Tag[];
  versions: Version[];
  resourcePolicy?: string;
}

const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';
const NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const DAY_MS = 86_400_000;
const SUFFIX_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);
const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message);

function secrets(call: Call): Table<Secret> {
  return call.tables.table('secretsmanager.secrets');
}

/** The secret that a name, an ARN or an ARN without its suffix names. Throws ResourceNotFoundException. */
function requireSecret(id: string | undefined, call: Call): Secret {
  const reference = id ?? '';
  const resource = parseArn(reference)?.resource.replace(/^secret:/, '');
  const all = secrets(call);
  const found =
    all.get(scopeKey(call, reference)) ??
    (resource === undefined
      ? undefined
      : all.list(`${scopeKey(call)}/`).find((secret) => secret.arn === reference || secret.name === resource));
  if (!found) {
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }
  return found;
}

function requireLive(id: string | undefined, call: Call, action: string): Secret {
  const secret = requireSecret(id, call);
  if (secret.deletedDate !== undefined) {
    throw invalidRequest(`You can't ${action} because the secret was marked for deletion.`);
  }
  return secret;
}

function save(secret: Secret, call: Call): void {
  secrets(call).put(scopeKey(call, secret.name), secret);
}

function versionOf(
  input: { SecretString?: string; SecretBinary?: Uint8Array; ClientRequestToken?: string },
  call: Call,
): Version | undefined {
  if (input.SecretString === undefined && input.SecretBinary === undefined) {
    return undefined;
  }
  if (input.SecretString !== undefined && input.SecretBinary !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  return {
    versionId: input.ClientRequestToken ?? randomUUID(),
    secretString: input.SecretString,
    secretBinary: input.SecretBinary && Buffer.from(input.SecretBinary).toString('base64'),
    createdDate: call.clock.now(),
    stages: [CURRENT],
  };
}

function create(input: Timestamped<sdk.CreateSecretRequest>, call: Call): Timestamped<Omit<sdk.CreateSecretResponse, '$metadata'>> {
  const name = input.Name ?? '';
  if (!NAME.test(name)) {
    throw new AwsError(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
  }
  const existing = secrets(call).get(scopeKey(call, name));
  if (existing) {
    throw existing.deletedDate === undefined
      ? new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`)
      : invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.");
  }
  const version = versionOf(input, call);
  const suffix = Array.from({ length: 6 }, () => SUFFIX_CHARACTERS[randomInt(SUFFIX_CHARACTERS.length)]).join('');
  const now = call.clock.now();
  const secret: Secret = {
    arn: arn('secretsmanager', call, `secret:${name}-${suffix}`),
    name,
    description: input.Description,
    kmsKeyId: input.KmsKeyId,
    createdDate: now,
    lastChangedDate: now,
    tags: (input.Tags ?? []).map((tag) => ({ key: tag.Key, value: tag.Value })),
    versions: version ? [version] : [],
  };
  save(secret, call);
  return { ARN: secret.arn, Name: name, VersionId: version?.versionId };
}

/** The secret with a new current version; the one before becomes the previous one. */
function withVersion(secret: Secret, version: Version, stages: readonly string[] | undefined, now: number): Secret {
  const taken = stages ?? [CURRENT];
  const movesCurrent = taken.includes(CURRENT);
  const older = secret.versions.map((one) => {
    const kept = one.stages.filter((stage) => !taken.includes(stage) && !(movesCurrent && stage === PREVIOUS));
    return { ...one, stages: movesCurrent && one.stages.includes(CURRENT) ? [...kept, PREVIOUS] : kept };
  });
  return {
    ...secret,
    lastChangedDate: now,
    versions: [...older.filter((one) => one.stages.length > 0), { ...version, stages: [...taken] }],
  };
}

function putValue(input: Timestamped<sdk.PutSecretValueRequest>, call: Call): Timestamped<Omit<sdk.PutSecretValueResponse, '$metadata'>> {
  const secret = requireLive(input.SecretId, call, 'perform this operation on the secret');
  const version = versionOf(input, call);
  if (!version) {
    throw invalidRequest('You must provide either SecretString or SecretBinary.');
  }
  const changed = withVersion(secret, version, input.VersionStages, call.clock.now());
  save(changed, call);
  return { ARN: secret.arn, Name: secret.name, VersionId: version.versionId, VersionStages: input.VersionStages ?? [CURRENT] };
}

function getValue(input: Timestamped<sdk.GetSecretValueRequest>, call: Call): Timestamped<Omit<sdk.GetSecretValueResponse, '$metadata'>> {
  const secret = requireLive(input.SecretId, call, 'perform this operation on the secret');
  const stage = input.VersionStage ?? CURRENT;
  const version = secret.versions.find((one) =>
    input.VersionId === undefined ? one.stages.includes(stage) : one.versionId === input.VersionId,
  );
  if (!version) {
    throw new AwsError(
      'ResourceNotFoundException',
      input.VersionId === undefined
        ? `Secrets Manager can't find the specified secret value for staging label: ${stage}`
        : `Secrets Manager can't find the specified secret value for VersionId: ${input.VersionId}`,
    );
  }
  save({ ...secret, lastAccessedDate: Math.floor(call.clock.now() / DAY_MS) * DAY_MS }, call);
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

function stagesOf(secret: Secret): Record<string, string[]> {
  return Object.fromEntries(secret.versions.map((version) => [version.versionId, version.stages]));
}

function describe(secret: Secret): Timestamped<Omit<sdk.DescribeSecretResponse, '$metadata'>> {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    LastChangedDate: secret.lastChangedDate,
    LastAccessedDate: secret.lastAccessedDate,
    DeletedDate: secret.deletedDate,
    Tags: secret.tags.length > 0 ? secret.tags.map((tag) => ({ Key: tag.key, Value: tag.value })) : undefined,
    VersionIdsToStages: stagesOf(secret),
    CreatedDate: secret.createdDate,
  };
}

function list(input: Timestamped<sdk.ListSecretsRequest>, call: Call): Timestamped<Omit<sdk.ListSecretsResponse, '$metadata'>> {
  const matching = secrets(call)
    .list(`${scopeKey(call)}/`)
    .filter((secret) => input.IncludePlannedDeletion || secret.deletedDate === undefined)
    .filter((secret) =>
      (input.Filters ?? []).every(({ Key, Values }) => {
        const text =
          Key === 'description'
            ? (secret.description ?? '')
            : Key === 'tag-key'
              ? secret.tags.map((tag) => tag.key).join(' ')
              : secret.name;
        return (Values ?? []).some((value) => text.includes(value));
      }),
    );
  const page = pageOf(
    matching,
    input.NextToken,
    input.MaxResults ?? 100,
    () => new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.'),
  );
  return {
    SecretList: page.items.map((secret) => {
      const { VersionIdsToStages, ...described } = describe(secret);
      return { ...described, SecretVersionsToStages: VersionIdsToStages };
    }),
    NextToken: page.nextToken,
  };
}

function update(input: Timestamped<sdk.UpdateSecretRequest>, call: Call): Timestamped<Omit<sdk.UpdateSecretResponse, '$metadata'>> {
  const secret = requireLive(input.SecretId, call, 'perform this operation on the secret');
  const version = versionOf(input, call);
  const described = { ...secret, description: input.Description ?? secret.description, kmsKeyId: input.KmsKeyId ?? secret.kmsKeyId };
  save(version ? withVersion(described, version, undefined, call.clock.now()) : { ...described, lastChangedDate: call.clock.now() }, call);
  return { ARN: secret.arn, Name: secret.name, VersionId: version?.versionId };
}

function remove(input: Timestamped<sdk.DeleteSecretRequest>, call: Call): Timestamped<Omit<sdk.DeleteSecretResponse, '$metadata'>> {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
  if (days !== undefined && force) {
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  if (days !== undefined && (days < 7 || days > 30)) {
    throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  }
  const secret = requireLive(input.SecretId, call, 'perform this operation on the secret');
  const deletedDate = call.clock.now() + (force ? 0 : (days ?? 30) * DAY_MS);
  if (force) {
    secrets(call).delete(scopeKey(call, secret.name));
  } else {
    save({ ...secret, deletedDate }, call);
  }
  return { ARN: secret.arn, Name: secret.name, DeletionDate: deletedDate };
}

function randomPassword(input: Timestamped<sdk.GetRandomPasswordRequest>): { RandomPassword: string } {
  const length = input.PasswordLength ?? 32;
  if (length < 1 || length > 4096) {
    throw invalidParameter('The password length must be between 1 and 4096.');
  }
  const alphabet = [
    input.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    input.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    input.ExcludeNumbers ? '' : '0123456789',
    input.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    input.IncludeSpace ? ' ' : '',
  ]
    .join('')
    .split('')
    .filter((character) => !(input.ExcludeCharacters ?? '').includes(character));
  return { RandomPassword: Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('') };
}

const onSecret = (action: string) => (input: { SecretId?: string }, call: Call) => [
  { action: `secretsmanager:${action}`, resource: requireSecret(input.SecretId, call).arn },
];

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
    DescribeSecret: operation<sdk.DescribeSecretRequest, sdk.DescribeSecretResponse>({
      authorize: onSecret('DescribeSecret'),
      handle: (input, call) => describe(requireSecret(input.SecretId, call)),
    }),
    ListSecrets: operation<sdk.ListSecretsRequest, sdk.ListSecretsResponse>({ handle: list }),
    UpdateSecret: operation<sdk.UpdateSecretRequest, sdk.UpdateSecretResponse>({ authorize: onSecret('UpdateSecret'), handle: update }),
    DeleteSecret: operation<sdk.DeleteSecretRequest, sdk.DeleteSecretResponse>({ authorize: onSecret('DeleteSecret'), handle: remove }),
    RestoreSecret: operation<sdk.RestoreSecretRequest, sdk.RestoreSecretResponse>({
      authorize: onSecret('RestoreSecret'),
      handle: (input, call) => {
        const { deletedDate: _deleted, ...secret } = requireSecret(input.SecretId, call);
        save(secret, call);
        return { ARN: secret.arn, Name: secret.name };
      },
    }),
    ListSecretVersionIds: operation<sdk.ListSecretVersionIdsRequest, sdk.ListSecretVersionIdsResponse>({
      authorize: onSecret('ListSecretVersionIds'),
      handle: (input, call) => {
        const secret = requireSecret(input.SecretId, call);
        const versions = secret.versions.map((version) => ({
          VersionId: version.versionId,
          VersionStages: version.stages,
          CreatedDate: version.createdDate,
        }));
        return { Versions: versions, ARN: secret.arn, Name: secret.name };
      },
    }),
    TagResource: operation<sdk.TagResourceRequest, object>({
      authorize: onSecret('TagResource'),
      handle: (input, call) => {
        const secret = requireSecret(input.SecretId, call);
        const added = (input.Tags ?? []).map((tag) => ({ key: tag.Key, value: tag.Value }));
        save({ ...secret, tags: [...secret.tags.filter((tag) => !added.some((one) => one.key === tag.key)), ...added] }, call);
        return {};
      },
    }),
    UntagResource: operation<sdk.UntagResourceRequest, object>({
      authorize: onSecret('UntagResource'),
      handle: (input, call) => {
        const secret = requireSecret(input.SecretId, call);
        save({ ...secret, tags: secret.tags.filter((tag) => !(input.TagKeys ?? []).includes(tag.key ?? '')) }, call);
        return {};
      },
    }),
    PutResourcePolicy: operation<sdk.PutResourcePolicyRequest, sdk.PutResourcePolicyResponse>({
      authorize: onSecret('PutResourcePolicy'),
      handle: (input, call) => {
        const secret = requireSecret(input.SecretId, call);
        save({ ...secret, resourcePolicy: input.ResourcePolicy }, call);
        return { ARN: secret.arn, Name: secret.name };
      },
    }),
    GetResourcePolicy: operation<sdk.GetResourcePolicyRequest, sdk.GetResourcePolicyResponse>({
      authorize: onSecret('GetResourcePolicy'),
      handle: (input, call) => {
        const secret = requireSecret(input.SecretId, call);
        return { ARN: secret.arn, Name: secret.name, ResourcePolicy: secret.resourcePolicy };
      },
    }),
    GetRandomPassword: operation<sdk.GetRandomPasswordRequest, sdk.GetRandomPasswordResponse>({ handle: randomPassword }),
  },
  fidelity: {
    version: '2017-10-17',
    gaps: ['rotation', 'replication to other regions', 'evaluation of resource policies'],
    differences: [],
  },
};
