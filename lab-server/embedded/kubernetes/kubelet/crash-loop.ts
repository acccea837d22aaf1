// How a container in restart back-off shows itself.
import type { Pod } from '../types.ts';
import type { Waiting } from './container-record.ts';
import { goDuration } from './go-duration.ts';

/** Crash back-off counts per container of a pod. */
export function crashKey(pod: Pod, container: string): string {
  return `${pod.metadata.uid}_${container}`;
}

export function crashLoopState(pod: Pod, container: string, delayMs: number): { state: Waiting; event: string } {
  const { name, namespace, uid } = pod.metadata;
  const where = `${name}_${namespace}(${uid})`;
  return {
    state: {
      is: 'waiting',
      reason: 'CrashLoopBackOff',
      message: `back-off ${goDuration(delayMs)} restarting failed container=${container} pod=${where}`,
    },
    event: `Back-off restarting failed container ${container} in pod ${where}`,
  };
}
