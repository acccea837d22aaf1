// What the pod table says of a pod: ready containers, the one word of its state, restarts.
import type { Pod } from '../types.ts';
import { humanDuration } from '../values/human-duration.ts';
import { parseTime } from '../values/iso-time.ts';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

export interface PodSummary {
  /** `1/2` */
  ready: string;
  status: string;
  /** `3 (5m ago)` */
  restarts: string;
}

export function summarizePod(pod: Pod, now: number): PodSummary {
  const initContainers = pod.spec?.initContainers ?? [];
  const sidecars = new Set(initContainers.filter((one) => one.restartPolicy === 'Always').map((one) => one.name));
  const restarts = new RestartCount();
  const sidecarRestarts = new RestartCount();
  const total = (pod.spec?.containers?.length ?? 0) + sidecars.size;
  let ready = 0;
  let status = pod.status?.reason || pod.status?.phase || '';
  if (pod.status?.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated')) {
    status = 'SchedulingGated';
  }

  let initializing = false;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = sidecars.has(container.name);
    restarts.add(container);
    if (isSidecar) {
      sidecarRestarts.add(container);
    }
    if (container.state?.terminated?.exitCode === 0) {
      continue;
    }
    if (isSidecar && container.started) {
      ready += container.ready ? 1 : 0;
      continue;
    }
    status = initStatus(container, index, initContainers.length);
    initializing = true;
    break;
  }

  if (!initializing || conditionHolds(pod, 'Initialized')) {
    // Init containers are done: their restarts no longer count, those of sidecars do.
    restarts.become(sidecarRestarts);
    const summary = runningStatus(pod, restarts);
    ready += summary.ready;
    status = summary.status ?? status;
    if (status === 'Completed' && summary.hasRunning) {
      status = conditionHolds(pod, 'Ready') ? 'Running' : 'NotReady';
    }
  }

  if (pod.metadata.deletionTimestamp && pod.status?.reason === 'NodeLost') {
    status = 'Unknown';
  } else if (pod.metadata.deletionTimestamp && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') {
    status = 'Terminating';
  }
  return { ready: `${ready}/${total}`, status, restarts: restarts.text(now) };
}

function initStatus(container: ContainerStatus, index: number, count: number): string {
  const { terminated, waiting } = container.state ?? {};
  if (terminated) {
    if (terminated.reason) {
      return `Init:${terminated.reason}`;
    }
    return terminated.signal ? `Init:Signal:${terminated.signal}` : `Init:ExitCode:${terminated.exitCode}`;
  }
  if (waiting?.reason && waiting.reason !== 'PodInitializing') {
    return `Init:${waiting.reason}`;
  }
  return `Init:${index}/${count}`;
}

function runningStatus(pod: Pod, restarts: RestartCount): { ready: number; status?: string; hasRunning: boolean } {
  let ready = 0;
  let status: string | undefined;
  let hasRunning = false;
  for (const container of (pod.status?.containerStatuses ?? []).toReversed()) {
    restarts.add(container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) {
      status = waiting.reason;
    } else if (terminated?.reason) {
      status = terminated.reason;
    } else if (terminated) {
      status = terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
    } else if (container.ready && running) {
      hasRunning = true;
      ready += 1;
    }
  }
  return { ready, ...(status !== undefined && { status }), hasRunning };
}

function conditionHolds(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

/** How often containers restarted, and when one last ended. */
class RestartCount {
  #count = 0;
  #last: number | undefined;

  add(container: ContainerStatus): void {
    this.#count += container.restartCount ?? 0;
    const finished = parseTime(container.lastState?.terminated?.finishedAt);
    if (finished !== undefined && (this.#last === undefined || finished > this.#last)) {
      this.#last = finished;
    }
  }

  become(other: RestartCount): void {
    this.#count = other.#count;
    this.#last = other.#last;
  }

  text(now: number): string {
    return this.#count !== 0 && this.#last !== undefined ? `${this.#count} (${humanDuration(now - this.#last)} ago)` : String(this.#count);
  }
}
