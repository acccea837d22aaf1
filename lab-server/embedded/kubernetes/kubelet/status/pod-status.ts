// A pod's whole status from what the kubelet knows of it. Data in, data out.
import type { Pod } from '../../types.ts';
import { isoTime } from '../../values/index.ts';
import type { PodStatus } from '../kinds.ts';
import type { ContainerRole } from '../pod-containers.ts';
import { allocatedResourcesOf } from './allocated-resources.ts';
import { conditionsOf, type Verdict } from './conditions.ts';
import { containerStatusOf } from './container-status.ts';
import { type ContainerView, phaseOf } from './phase.ts';
import { qosClassOf } from './qos-class.ts';

export interface PodFacts {
  pod: Pod;
  views: readonly ContainerView[];
  /** The pod is being ended: nothing is started any more. */
  terminating: boolean;
  /** Set once and for all when the kubelet ended the pod for a reason of its own (`DeadlineExceeded`, `Evicted`). */
  failure?: { reason: string; message: string };
  sandboxReady: boolean;
  podIP?: string;
  hostIP: string;
  /** When the kubelet first saw the pod. */
  startTime: number;
  now: number;
  /** Conditions beside those that every pod has. */
  extraConditions?: readonly Verdict[];
}

export function podStatusOf(facts: PodFacts): PodStatus {
  const { pod, views, podIP, hostIP } = facts;
  const old = pod.status ?? {};
  const final = old.phase === 'Succeeded' || old.phase === 'Failed' ? old.phase : undefined;
  const running = views.some(({ record }) => record.state.is === 'running');
  const phase = final ?? (facts.failure && !running ? 'Failed' : phaseOf(pod, views, facts.terminating));
  const allocatedResources = allocatedResourcesOf(pod);
  const status: PodStatus = {
    ...(allocatedResources ? { allocatedResources } : {}),
    conditions: conditionsOf(pod, views, phase, {
      sandboxReady: facts.sandboxReady,
      now: facts.now,
      extra: facts.extraConditions ?? [],
    }),
    containerStatuses: statusesOf(views, ['app']),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(old.nominatedNodeName ? { nominatedNodeName: old.nominatedNodeName } : {}),
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase,
    qosClass: old.qosClass ?? qosClassOf(pod.spec),
    startTime: old.startTime ?? isoTime(facts.startTime),
    // At the pod's own level; what its containers have is in their statuses.
    resources: pod.spec?.resources ?? {},
  };
  const inits = statusesOf(views, ['init', 'sidecar']);
  const ephemeral = statusesOf(views, ['ephemeral']);
  if (inits.length > 0) {
    status.initContainerStatuses = inits;
  }
  if (ephemeral.length > 0) {
    status.ephemeralContainerStatuses = ephemeral;
  }
  if (podIP !== undefined) {
    status.podIP = podIP;
    status.podIPs = [{ ip: podIP }];
  }
  const reason = facts.failure?.reason ?? old.reason;
  const message = facts.failure?.message ?? old.message;
  return { ...status, ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
}

function statusesOf(views: readonly ContainerView[], roles: readonly ContainerRole[]): NonNullable<PodStatus['containerStatuses']> {
  return views
    .filter(({ container }) => roles.includes(container.role))
    .map(({ container, record }) => containerStatusOf(container, record));
}
