// One container's status as the API shows it.
import { isoTime } from '../../values/index.ts';
import type { ContainerRecord, Running, Terminated, Waiting } from '../container-record.ts';
import type { ContainerState, ContainerStatus } from '../kinds.ts';
import type { PodContainer } from '../pod-containers.ts';

export function containerStatusOf(container: PodContainer, record: ContainerRecord): ContainerStatus {
  const { spec } = container;
  const resources = record.resources;
  const mounts = record.containerId === undefined ? [] : (spec.volumeMounts ?? []);
  return {
    ...(resources?.requests && Object.keys(resources.requests).length > 0 ? { allocatedResources: resources.requests } : {}),
    ...(record.containerId === undefined ? {} : { containerID: `containerd://${record.containerId}` }),
    image: record.image?.reference ?? spec.image ?? '',
    imageID: record.image?.digest ?? '',
    lastState: record.last && record.state !== record.last ? stateOf(record.last) : {},
    name: record.name,
    ready: record.ready,
    ...(resources ? { resources } : {}),
    restartCount: record.restartCount,
    started: record.started,
    state: stateOf(record.state),
    ...(record.user ? { user: { linux: { ...record.user } } } : {}),
    ...(mounts.length === 0
      ? {}
      : {
          volumeMounts: mounts.map((mount) => ({
            mountPath: mount.mountPath,
            name: mount.name,
            ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
          })),
        }),
  };
}

function stateOf(state: Waiting | Running | Terminated): ContainerState {
  switch (state.is) {
    case 'waiting':
      return { waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) } };
    case 'running':
      return { running: { startedAt: isoTime(state.startedAt) } };
    case 'terminated':
      return {
        terminated: {
          ...(state.containerId === undefined ? {} : { containerID: `containerd://${state.containerId}` }),
          exitCode: state.exitCode,
          finishedAt: isoTime(state.finishedAt),
          ...(state.message === undefined ? {} : { message: state.message }),
          reason: state.reason,
          startedAt: isoTime(state.startedAt),
        },
      };
  }
}
