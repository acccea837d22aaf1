// Copies of secrets in other regions: made with a secret or later, kept in line with it, taken away.
import type * as sdk from '@aws-sdk/client-secrets-manager';
import type { Call, Timestamped } from '../service.ts';
import { invalidParameter, replicaKey, requireLive, requireSecret, save, secrets, type Replica, type Secret } from './secret.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;

export function statusOf(secret: Secret): Timestamped<sdk.ReplicationStatusType>[] {
  return (secret.replicas ?? []).map(({ region, kmsKeyId, status, message }) => ({
    Region: region,
    KmsKeyId: kmsKeyId ?? 'alias/aws/secretsmanager',
    Status: status,
    StatusMessage: message,
  }));
}

/** The secret with further copies. A secret of the same name in a region is in the way unless it may be overwritten. */
export function replicate(
  secret: Secret,
  regions: readonly Timestamped<sdk.ReplicaRegionType>[] | undefined,
  overwrite: boolean,
  call: Call,
): Secret {
  const replicas: Replica[] = [...(secret.replicas ?? [])];
  for (const { Region: region = '', KmsKeyId: kmsKeyId } of regions ?? []) {
    if (region === call.region || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
      throw invalidParameter('Invalid replica region.');
    }
    const existing = secrets(call).get(replicaKey(secret, region, call));
    const isInTheWay = existing !== undefined && existing.primaryRegion !== call.region && !overwrite;
    const replica: Replica = {
      region,
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
      status: isInTheWay ? 'Failed' : 'InSync',
      message: isInTheWay ? `Replication failed: Secret name simple already exists in region ${region}.` : 'Replication succeeded',
    };
    const at = replicas.findIndex((one) => one.region === region);
    replicas.splice(at === -1 ? replicas.length : at, at === -1 ? 0 : 1, replica);
  }
  return replicas.length > 0 ? { ...secret, replicas } : secret;
}

export function replicateToRegions(
  input: Timestamped<sdk.ReplicateSecretToRegionsRequest>,
  call: Call,
): Answer<sdk.ReplicateSecretToRegionsResponse> {
  const secret = requireLive(input.SecretId, call);
  const replicated = replicate(secret, input.AddReplicaRegions, input.ForceOverwriteReplicaSecret ?? false, call);
  save(replicated, call);
  return { ARN: secret.arn, ReplicationStatus: statusOf(replicated) };
}

export function removeRegions(
  input: Timestamped<sdk.RemoveRegionsFromReplicationRequest>,
  call: Call,
): Answer<sdk.RemoveRegionsFromReplicationResponse> {
  const secret = requireLive(input.SecretId, call);
  const gone = input.RemoveReplicaRegions ?? [];
  for (const { region, status } of secret.replicas ?? []) {
    if (gone.includes(region) && status === 'InSync') {
      secrets(call).delete(replicaKey(secret, region, call));
    }
  }
  const remaining: Secret = { ...secret, replicas: (secret.replicas ?? []).filter(({ region }) => !gone.includes(region)) };
  save(remaining, call);
  return { ARN: secret.arn, ReplicationStatus: statusOf(remaining) };
}

/** Makes a copy a secret of its own. */
export function stopReplication(
  input: Timestamped<sdk.StopReplicationToReplicaRequest>,
  call: Call,
): Answer<sdk.StopReplicationToReplicaResponse> {
  const copy = requireSecret(input.SecretId, call);
  if (copy.primaryRegion === undefined) {
    throw invalidParameter('Operation not permitted on a primary secret. Call must be made in the region of a replica secret.');
  }
  const { primaryRegion, ...own } = copy;
  const primary = secrets(call).get(replicaKey(copy, primaryRegion, call));
  if (primary) {
    const replicas = (primary.replicas ?? []).filter(({ region }) => region !== call.region);
    secrets(call).put(replicaKey(copy, primaryRegion, call), { ...primary, replicas });
  }
  save(own, call);
  return { ARN: own.arn };
}
