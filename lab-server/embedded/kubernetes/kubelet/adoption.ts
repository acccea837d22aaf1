// Takes over what a pod's status says of its containers, so that a restarted server goes on where the last one stopped.
import type { Pod } from '../types.ts';
import { parseTime } from '../values/index.ts';
import type { ContainerRecord, Terminated } from './container-record.ts';
import type { ContainerState } from './kinds.ts';
import { containersOf } from './pod-containers.ts';

/** Records for the containers that have a history; a container that ran is to be started again without anyone noticing. */
export function adoptRecords(pod: Pod): ContainerRecord[] {
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
    return [startedAt === undefined ? record : { ...record, adopted: true }];
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
