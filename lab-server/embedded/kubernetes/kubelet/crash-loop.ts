// Restart back-off: how long a crashed container waits, and how it shows itself meanwhile.
import type { Pod } from '../types.ts';
import { type ContainerRecord, endOf } from './container-record.ts';
import { goDuration } from './go-duration.ts';
import { fieldPathOf } from './pod-containers.ts';
import type { WorkerContext } from './worker-context.ts';

/** How long a crash shows as such before the kubelet looks again and finds the container in back-off. */
const CRASH_SHOWN_MS = 1_000;

/** Crash back-off counts per container of a pod. */
export function crashKey(pod: Pod, container: string): string {
  return `${pod.metadata.uid}_${container}`;
}

/** Milliseconds until a container may be started again; turns its state into CrashLoopBackOff when it has to wait. */
export function crashWait(context: WorkerContext, pod: Pod, record: ContainerRecord): number {
  const end = endOf(record);
  if (!end) {
    return 0;
  }
  const key = crashKey(pod, record.name);
  const remaining = context.crashBackOff.remaining(key, end.finishedAt);
  if (remaining <= 0 || record.state.is !== 'terminated') {
    return remaining;
  }
  const shownFor = context.clock.now() - end.finishedAt;
  if (shownFor < CRASH_SHOWN_MS) {
    return Math.min(remaining, CRASH_SHOWN_MS - shownFor);
  }
  const { name, namespace, uid } = pod.metadata;
  const where = `${name}_${namespace}(${uid})`;
  const delay = goDuration(context.crashBackOff.delay(key));
  record.last = record.state;
  record.state = {
    is: 'waiting',
    reason: 'CrashLoopBackOff',
    message: `back-off ${delay} restarting failed container=${record.name} pod=${where}`,
  };
  const text = `Back-off restarting failed container ${record.name} in pod ${where}`;
  context.events.event(pod, 'Warning', 'BackOff', text, fieldPathOf(record.role, record.name));
  return remaining;
}
