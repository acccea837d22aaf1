// What the kubelet remembers of one container of a pod, from its first wait to its last exit.
import type { Container, Image } from '../../runtime/runtime.ts';
import type { ContainerRole } from './pod-containers.ts';

export interface Waiting {
  is: 'waiting';
  reason: string;
  message?: string;
}

export interface Running {
  is: 'running';
  /** Milliseconds since the epoch. */
  startedAt: number;
}

export interface Terminated {
  is: 'terminated';
  exitCode: number;
  reason: string;
  message?: string;
  /** Zero where the container never ran. */
  startedAt: number;
  finishedAt: number;
  containerId: string | undefined;
}

/** The identity a container's processes run with. */
export interface ContainerUser {
  uid: number;
  gid: number;
  supplementalGroups: number[];
}

export interface ContainerRecord {
  readonly name: string;
  readonly role: ContainerRole;
  state: Waiting | Running | Terminated;
  /** How the run before this one ended. */
  last?: Terminated;
  restartCount: number;
  /** Passed its readiness probe, where it has one. */
  ready: boolean;
  /** Its postStart hook is done and its startup probe passed, where it has them. */
  started: boolean;
  /** The current or most recent run. */
  container?: Container;
  /** The run before; its log answers `kubectl logs --previous`. */
  previous?: Container;
  containerId?: string;
  image?: Pick<Image, 'reference' | 'digest'>;
  user?: ContainerUser;
  /** Runs according to the API, but was not taken over yet after the cluster came back. */
  adopted?: boolean;
  /** Being pulled for, created, started or stopped right now. */
  busy: boolean;
  /** Not to be started before this time: an image or a configuration was not to be had. */
  retryAt?: number;
  /** The resources it runs with, once it runs. */
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
}

export function newRecord(name: string, role: ContainerRole, waitingReason: string): ContainerRecord {
  return {
    name,
    role,
    state: { is: 'waiting', reason: waitingReason },
    restartCount: 0,
    ready: false,
    started: false,
    busy: false,
  };
}

/** How a record's most recent run ended, if it does not run now. */
export function endOf(record: ContainerRecord): Terminated | undefined {
  if (record.state.is === 'terminated') {
    return record.state;
  }
  return record.state.is === 'waiting' ? record.last : undefined;
}
