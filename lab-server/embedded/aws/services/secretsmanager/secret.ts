// A secret's record: finding it, saving it with its copies in other regions, and moving staging labels between its versions.
import { AwsError } from '../../gateway/errors.ts';
import { parseArn, scopeKey } from '../scope.ts';
import type { Call } from '../service.ts';
import type { Tag } from '../tags.ts';
import type { Table } from '../../state/tables.ts';

export interface Version {
  versionId: string;
  secretString?: string;
  /** Base64. */
  secretBinary?: string;
  createdDate: number;
  stages: string[];
}

export interface Replica {
  region: string;
  kmsKeyId?: string;
  status: 'InSync' | 'Failed';
  message: string;
}

export interface Rotation {
  enabled: boolean;
  lambdaArn?: string;
  afterDays?: number;
  schedule?: string;
  duration?: string;
  lastDate?: number;
  nextDate?: number;
}

export interface Secret {
  arn: string;
  name: string;
  description?: string;
  kmsKeyId?: string;
  createdDate: number;
  lastChangedDate: number;
  lastAccessedDate?: number;
  deletedDate?: number;
  /** Absent until the secret is tagged for the first time, as answers show it. */
  tags?: Tag[];
  versions: Version[];
  resourcePolicy?: string;
  rotation?: Rotation;
  /** Where a copy came from; a copy is changed through its primary only. */
  primaryRegion?: string;
  replicas?: Replica[];
}

export const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';
/** Versions without a label that are kept. */
const MAX_UNLABELLED = 100;

export const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);
export const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message);

export function secrets(call: Pick<Call, 'tables'>): Table<Secret> {
  return call.tables.table('secretsmanager.secrets');
}

/** In the order of their making. */
export function secretsOf(call: Call): Secret[] {
  return secrets(call)
    .list(`${scopeKey(call)}/`)
    .toSorted((left, right) => left.createdDate - right.createdDate);
}

/** The secret that a name, an ARN or an ARN without its suffix names. Throws ResourceNotFoundException. */
export function requireSecret(id: string | undefined, call: Call): Secret {
  const reference = id ?? '';
  const resource = parseArn(reference)?.resource.replace(/^secret:/, '');
  const found =
    secrets(call).get(scopeKey(call, reference)) ??
    (resource === undefined ? undefined : secretsOf(call).find((secret) => secret.arn === reference || secret.name === resource));
  if (!found) {
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }
  return found;
}

/** The same, when it is neither deleted nor a copy. */
export function requireLive(id: string | undefined, call: Call): Secret {
  const secret = requireReadable(id, call);
  if (secret.primaryRegion !== undefined && secret.primaryRegion !== call.region) {
    throw invalidParameter("Operation not permitted on a replica secret. Call must be made in primary secret's region.");
  }
  return secret;
}

export function requireReadable(id: string | undefined, call: Call): Secret {
  const secret = requireSecret(id, call);
  if (secret.deletedDate !== undefined) {
    throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
  }
  return secret;
}

/** Saves a secret, and what its copies in other regions share with it. */
export function save(secret: Secret, call: Call): void {
  secrets(call).put(scopeKey(call, secret.name), secret);
  for (const replica of secret.replicas ?? []) {
    if (replica.status === 'InSync') {
      secrets(call).put(replicaKey(secret, replica.region, call), copyOf(secret, replica, call));
    }
  }
}

export function replicaKey(secret: Secret, region: string, call: Call): string {
  return scopeKey({ account: call.account, region }, secret.name);
}

function copyOf(secret: Secret, replica: Replica, call: Call): Secret {
  const { replicas: _replicas, rotation: _rotation, resourcePolicy: _policy, ...shared } = secret;
  return {
    ...shared,
    arn: secret.arn.replace(`:${call.region}:`, `:${replica.region}:`),
    kmsKeyId: replica.kmsKeyId,
    primaryRegion: call.region,
  };
}

/** The secret with a new version. Labels that the version takes leave the others; what was current becomes the previous one. */
export function withVersion(secret: Secret, version: Version, stages: readonly string[], now: number): Secret {
  const older = secret.versions
    .filter((one) => one.versionId !== version.versionId)
    .map((one) => ({ ...one, stages: movedStages(one.stages, stages) }));
  const unlabelled = older.filter((one) => one.stages.length === 0);
  const dropped = new Set(unlabelled.slice(0, Math.max(0, unlabelled.length - MAX_UNLABELLED)));
  return {
    ...secret,
    lastChangedDate: now,
    versions: [...older.filter((one) => !dropped.has(one)), { ...version, stages: [...stages] }],
  };
}

function movedStages(stages: readonly string[], taken: readonly string[]): string[] {
  const movesCurrent = taken.includes(CURRENT);
  const kept = stages.filter((stage) => !taken.includes(stage) && !(movesCurrent && stage === PREVIOUS));
  return movesCurrent && stages.includes(CURRENT) ? [...kept, PREVIOUS] : kept;
}

export function stagesOf(secret: Secret): Record<string, string[]> {
  return Object.fromEntries(
    secret.versions.filter((version) => version.stages.length > 0).map((version) => [version.versionId, version.stages]),
  );
}
