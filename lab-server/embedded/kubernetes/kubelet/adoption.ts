// Takes over what a pod's status says of its containers, so that a restarted server goes on where the last one stopped.
import { messageOf } from '../../../base/index.ts';
import type { Container } from '../../runtime/runtime.ts';
import type { Pod } from '../types.ts';
import { parseTime } from '../values/index.ts';
import { containerConfig } from './container-config.ts';
import type { ContainerRecord, Terminated } from './container-record.ts';
import { recordExit } from './container-run.ts';
import type { StartRequest } from './container-start.ts';
import type { ContainerState } from './kinds.ts';
import { containersOf } from './pod-containers.ts';
import { terminationMessage } from './termination-message.ts';
import type { WorkerContext } from './worker-context.ts';

/** The exit code of what was lost with its machine. */
const LOST_EXIT = 255;

/**
 * Records for the containers that have a history. A container that ran is to be started again without anyone noticing;
 * with `rebootedAt`, it has ended with its machine and counts as restarted.
 */
export function adoptRecords(pod: Pod, rebootedAt?: number): ContainerRecord[] {
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ];
  return containersOf(pod).flatMap(({ role, spec }) => {
    const status = statuses.find(({ name }) => name === spec.name);
    if (!status?.containerID) {
      return [];
    }
    const last = terminatedOf(status.lastState);
    const startedAt = parseTime(status.state?.running?.startedAt);
    const state = terminatedOf(status.state) ?? waitingOf(status.state);
    const linux = status.user?.linux;
    const record: ContainerRecord = {
      name: spec.name,
      role,
      state: startedAt === undefined ? (state ?? { is: 'waiting', reason: 'ContainerCreating' }) : { is: 'running', startedAt },
      ...(last ? { last } : {}),
      restartCount: status.restartCount,
      ready: status.ready,
      started: status.started === true,
      containerId: status.containerID.replace('containerd://', ''),
      image: { reference: status.image, digest: status.imageID },
      ...(linux ? { user: { uid: linux.uid, gid: linux.gid, supplementalGroups: linux.supplementalGroups ?? [] } } : {}),
      busy: false,
      ...(status.resources ? { resources: status.resources } : {}),
    };
    if (startedAt === undefined) {
      return [record];
    }
    if (rebootedAt === undefined) {
      return [{ ...record, adopted: true }];
    }
    const lost: Terminated = {
      is: 'terminated',
      exitCode: LOST_EXIT,
      reason: 'Unknown',
      startedAt,
      finishedAt: rebootedAt,
      containerId: record.containerId,
    };
    return [{ ...record, state: lost, ready: false, started: false }];
  });
}

function waitingOf(state: ContainerState | undefined): ContainerRecord['state'] | undefined {
  const waiting = state?.waiting;
  return waiting
    ? { is: 'waiting', reason: waiting.reason ?? 'ContainerCreating', ...(waiting.message ? { message: waiting.message } : {}) }
    : undefined;
}

function terminatedOf(state: ContainerState | undefined): Terminated | undefined {
  const end = state?.terminated;
  return end
    ? {
        is: 'terminated',
        exitCode: end.exitCode,
        reason: end.reason ?? 'Error',
        ...(end.message === undefined ? {} : { message: end.message }),
        startedAt: parseTime(end.startedAt) ?? 0,
        finishedAt: parseTime(end.finishedAt) ?? 0,
        containerId: end.containerID?.replace('containerd://', ''),
      }
    : undefined;
}

/** Brings a container back that ran before the cluster was stopped: same id, same start time, no events. */
export async function adoptContainer(context: WorkerContext, request: StartRequest): Promise<void> {
  const { pod, view, signal } = request;
  const { container, record } = view;
  const id = record.containerId;
  delete record.adopted;
  try {
    const image = await context.runtime.images.pull(record.image?.reference ?? container.spec.image ?? '', signal);
    const config = await containerConfig(pod, container.spec, image, request.sandbox, request.sources);
    const restored = context.snapshots?.get(pod.metadata.uid)?.containers[record.name];
    const created = context.runtime.create({ ...config.spec, ...(id === undefined ? {} : { id }), ...(restored ? { restored } : {}) });
    record.container = created;
    await created.start();
    adoptedExit(request, created).catch(context.report);
    request.onRunning();
  } catch (error) {
    if (signal.aborted) {
      return;
    }
    // What ran before cannot run any more: it ended while the cluster was stopped, as on a machine that lost power.
    const now = context.clock.now();
    const exit = { exitCode: LOST_EXIT, oomKilled: false, startedAt: now, finishedAt: now };
    recordExit(request, exit, id ?? '', messageOf(error));
  }
}

async function adoptedExit(request: StartRequest, created: Container): Promise<void> {
  const exit = await created.exited;
  const message = await terminationMessage(created, request.view.container.spec, exit.exitCode);
  if (request.view.record.container === created) {
    recordExit(request, exit, created.id, message);
  }
}
