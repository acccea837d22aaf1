// One reconcile of whatever keeps a number of equal pods: a replica set or a replication controller.
import type { KindRef } from '../../cluster-client.ts';
import type { KubernetesObject, LabelSelector, Pod, PodTemplateSpec } from '../../types.ts';
import { parseTime } from '../../values/iso-time.ts';
import { sameValue } from '../../values/same.ts';
import type { ControllerContext, ReconcileResult } from '../controller.ts';
import { POD } from '../kinds.ts';
import { claim } from '../ownership.ts';
import { isActive, isFinished } from './readiness.ts';
import { type ReplicaStatus, manageReplicas, replicaStatus } from './replicas.ts';

interface ReplicaOwner extends KubernetesObject {
  spec?: { replicas?: number; minReadySeconds?: number; template?: PodTemplateSpec };
  status?: ReplicaStatus;
}

export interface ReplicaOwnerOptions {
  selector: LabelSelector | undefined;
  /** Pods of the same workload, for spreading deletions over nodes. */
  related: () => readonly Pod[];
  /** Whether the kind's status counts terminating pods. */
  countsTerminating: boolean;
}

export function reconcileReplicas<T extends ReplicaOwner>(
  kind: KindRef<T>,
  owner: T,
  options: ReplicaOwnerOptions,
  context: ControllerContext,
): ReconcileResult {
  const { client, clock } = context;
  const { template = {}, minReadySeconds = 0, replicas = 1 } = owner.spec ?? {};
  const claimed = claim(client, POD, owner, options.selector, (pod) => !isFinished(pod));
  const active = claimed.filter(isActive);
  const waitMs = active.length < replicas ? pace(owner, claimed, context) : 0;
  const outcome =
    owner.metadata.deletionTimestamp || waitMs > 0
      ? { unfinished: false }
      : manageReplicas({ owner, replicas, template, active, related: options.related }, context);

  const owned = client.list(POD, { namespace: owner.metadata.namespace, controllerUid: owner.metadata.uid });
  const { status, availableInMs } = replicaStatus(
    {
      generation: owner.metadata.generation,
      previous: owner.status,
      active: owned.filter(isActive),
      owned: options.countsTerminating ? owned : undefined,
      templateLabels: { matchLabels: template.metadata?.labels },
      minReadySeconds,
      error: outcome.error,
      isGrowing: active.length < replicas,
    },
    clock.now(),
  );
  if (!sameValue(status, owner.status)) {
    client.updateStatus(kind, { ...owner, status });
  }
  if (outcome.error !== undefined) {
    throw outcome.error;
  }
  if (outcome.unfinished) {
    return { requeueAfterMs: 0 };
  }
  const waits = [waitMs, availableInMs ?? 0].filter((wait) => wait > 0);
  return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
}

/** Milliseconds until pods may be created again after the last one that failed; notes the attempt when it is now. */
function pace({ metadata }: KubernetesObject, pods: readonly Pod[], { backOff }: ControllerContext): number {
  const failed = pods.filter(({ status }) => status?.phase === 'Failed');
  if (failed.length === 0) {
    return 0;
  }
  const key = metadata.uid ?? '';
  const failedAt = Math.max(...failed.map((pod) => parseTime(pod.metadata.creationTimestamp) ?? 0));
  const left = backOff.remaining(key, failedAt);
  if (left === 0) {
    backOff.next(key, failedAt);
  }
  return left;
}
