// The pod conditions that the kubelet owns: PodReadyToStartContainers, Initialized, ContainersReady and Ready.
import type { Pod } from '../../types.ts';
import { isoTime } from '../../values/index.ts';
import type { PodCondition } from '../kinds.ts';
import { type ContainerView, isInitialized, podInitialized, type PodPhase } from './phase.ts';

export interface Verdict {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** Conditions in the order in which the kubelet writes them; those of others (readiness gates, DisruptionTarget) are carried along. */
export function conditionsOf(
  pod: Pod,
  views: readonly ContainerView[],
  phase: PodPhase,
  options: { sandboxReady: boolean; now: number; extra?: readonly Verdict[] },
): PodCondition[] {
  const before = pod.status?.conditions ?? [];
  const containersReady = containersReadyVerdict(views, phase);
  const verdicts: Verdict[] = [
    ...(options.extra ?? []),
    { type: 'PodReadyToStartContainers', status: options.sandboxReady ? 'True' : 'False' },
    initializedVerdict(views, phase),
    readyVerdict(pod, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
  const owned = new Set([...verdicts.map((verdict) => verdict.type), 'PodResizePending', 'PodResizeInProgress']);
  return [
    ...verdicts.map((verdict) => toCondition(verdict, before, pod.metadata.generation, options.now)),
    ...before.filter((condition) => !owned.has(condition.type)),
  ];
}

function toCondition(verdict: Verdict, before: readonly PodCondition[], generation: number | undefined, now: number): PodCondition {
  const old = before.find((condition) => condition.type === verdict.type);
  const unchanged = old?.status === verdict.status && old.lastTransitionTime;
  return {
    ...verdict,
    // The API writes this field as null, which its type does not say.
    lastProbeTime: null as unknown as string,
    lastTransitionTime: unchanged ? old.lastTransitionTime : isoTime(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

function initializedVerdict(views: readonly ContainerView[], phase: PodPhase): Verdict {
  const type = 'Initialized';
  if (phase === 'Succeeded') {
    return { type, status: 'True', reason: 'PodCompleted' };
  }
  const incomplete = views.filter((view) => ['init', 'sidecar'].includes(view.container.role) && !isInitialized(view));
  if (incomplete.length === 0 || podInitialized(views)) {
    return { type, status: 'True' };
  }
  return {
    type,
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${namesOf(incomplete)}]`,
  };
}

function containersReadyVerdict(views: readonly ContainerView[], phase: PodPhase): Verdict {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') {
    return { type, status: 'False', reason: 'PodCompleted' };
  }
  if (phase === 'Failed') {
    return { type, status: 'False', reason: 'PodFailed' };
  }
  const unready = views.filter(({ container, record }) => ['app', 'sidecar'].includes(container.role) && !record.ready);
  if (unready.length === 0) {
    return { type, status: 'True' };
  }
  return { type, status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${namesOf(unready)}]` };
}

function readyVerdict(pod: Pod, containersReady: Verdict): Verdict {
  if (containersReady.status === 'False') {
    return { ...containersReady, type: 'Ready' };
  }
  const problems = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (!condition) {
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    }
    return condition.status === 'True'
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  return problems.length === 0
    ? { type: 'Ready', status: 'True' }
    : { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}

function namesOf(views: readonly ContainerView[]): string {
  return views.map(({ record }) => record.name).join(' ');
}
