// A pod's phase from the states of its containers: the rules of the kubelet's getPhase.
import type { Pod } from '../../types.ts';
import { type ContainerRecord, endOf } from '../container-record.ts';
import { type PodContainer, restartsAfter } from '../pod-containers.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export interface ContainerView {
  container: PodContainer;
  record: ContainerRecord;
}

/** Whether an init container or sidecar no longer holds back what comes after it. */
export function isInitialized({ container, record }: ContainerView): boolean {
  if (container.role === 'sidecar') {
    return record.started || endOf(record) !== undefined;
  }
  return record.state.is === 'terminated' && record.state.exitCode === 0;
}

/** Whether the pod's start is over: all init containers are done, or app containers have been started already. */
export function podInitialized(views: readonly ContainerView[]): boolean {
  const apps = views.filter(({ container }) => container.role === 'app');
  if (apps.some(({ record }) => record.state.is !== 'waiting' || record.last !== undefined)) {
    return true;
  }
  return views.every((view) => (view.container.role !== 'init' && view.container.role !== 'sidecar') || isInitialized(view));
}

export function phaseOf(pod: Pod, views: readonly ContainerView[], terminating: boolean): PodPhase {
  const inits = views.filter(({ container }) => container.role === 'init');
  const failedInit = inits.some(
    ({ container, record }) =>
      record.state.is === 'terminated' &&
      record.state.exitCode !== 0 &&
      (terminating || !restartsAfter(pod, container, record.state.exitCode)),
  );
  if (failedInit) {
    return 'Failed';
  }
  if (!podInitialized(views)) {
    // A pod that is ended before it began has failed.
    return terminating && views.every(({ record }) => record.state.is !== 'running') ? 'Failed' : 'Pending';
  }
  let waiting = 0;
  let running = 0;
  let stopped = 0;
  let succeeded = 0;
  let restarting = 0;
  for (const { container, record } of views) {
    if (container.role === 'sidecar' && record.state.is === 'running') {
      running += 1;
    }
    if (container.role !== 'app') {
      continue;
    }
    const end = endOf(record);
    if (record.state.is === 'running') {
      running += 1;
    } else if (end) {
      stopped += 1;
      succeeded += end.exitCode === 0 ? 1 : 0;
      restarting += !terminating && restartsAfter(pod, container, end.exitCode) ? 1 : 0;
    } else {
      waiting += 1;
    }
  }
  if (waiting > 0) {
    return terminating && running === 0 ? 'Failed' : 'Pending';
  }
  if (running > 0 || restarting > 0) {
    return 'Running';
  }
  return stopped === succeeded ? 'Succeeded' : 'Failed';
}
