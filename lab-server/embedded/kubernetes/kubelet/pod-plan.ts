// What a pod needs next: which of its containers to start now, and whether its work is over. A function of what is known.
import type { Pod } from '../types.ts';
import { restartsAfter } from './pod-containers.ts';
import { type ContainerView, isInitialized, podInitialized } from './status/phase.ts';

export interface PodPlan {
  /** Names of containers to start, in order. Back-off is not considered here. */
  start: string[];
  /** Nothing of the pod's own work runs or will run again: sidecars may go, then the pod is over. */
  finished: boolean;
}

export function planPod(pod: Pod, views: readonly ContainerView[]): PodPlan {
  const start: string[] = [];
  for (const { container, record } of views) {
    if (container.role === 'ephemeral' && record.state.is === 'waiting' && !record.busy) {
      start.push(record.name);
    }
  }
  if (!podInitialized(views)) {
    const next = views.find((view) => ['init', 'sidecar'].includes(view.container.role) && !isInitialized(view));
    if (next && wantsStart(pod, next)) {
      start.push(next.record.name);
    }
    // Sidecars before it must stay up while it runs.
    start.push(
      ...views
        .filter((view) => view !== next && view.container.role === 'sidecar' && isInitialized(view) && wantsStart(pod, view))
        .map(nameOf),
    );
    const failed = next?.record.state.is === 'terminated' && !restartsAfter(pod, next.container, next.record.state.exitCode);
    return { start: failed ? [] : start, finished: failed === true };
  }
  const apps = views.filter(({ container }) => container.role === 'app');
  const finished = apps.every(
    ({ container, record }) => !record.busy && record.state.is === 'terminated' && !restartsAfter(pod, container, record.state.exitCode),
  );
  if (finished) {
    return { start: [], finished };
  }
  for (const view of views) {
    if ((view.container.role === 'sidecar' || view.container.role === 'app') && wantsStart(pod, view)) {
      start.push(view.record.name);
    }
  }
  return { start, finished: false };
}

function wantsStart(pod: Pod, { container, record }: ContainerView): boolean {
  if (record.busy || record.state.is === 'running') {
    return false;
  }
  return record.state.is === 'waiting' || restartsAfter(pod, container, record.state.exitCode);
}

function nameOf(view: ContainerView): string {
  return view.record.name;
}
