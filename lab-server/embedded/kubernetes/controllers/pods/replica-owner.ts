// One reconcile of whatever keeps a number of equal pods: a replica set or a replication controller.
import type { KindRef } from '../../cluster-client.ts';
import type { KubernetesObject, LabelSelector, Pod, PodTemplateSpec } from '../../types.ts';
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
  const active = claim(client, POD, owner, options.selector, (pod) => !isFinished(pod)).filter(isActive);
  const outcome = owner.metadata.deletionTimestamp
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
  return availableInMs === undefined ? undefined : { requeueAfterMs: availableInMs };
}
