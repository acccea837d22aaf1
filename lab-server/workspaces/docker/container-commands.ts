// What a lab's containers are made of. The learner's has no capability, no way to gain one, a read-only system and a network in which
// nothing but the loopback exists; the relay's shares that network, may change its routes, and runs one program of ours.
import type { WorkspaceLimits } from '../workspace.ts';

const TMP_BYTES = 256 * 1024 * 1024;
const SHARED_MEMORY_BYTES = 64 * 1024 * 1024;
const RELAY_PROGRAM = '/opt/dockside/relay-program.mjs';

export interface Mount {
  from: string;
  to: string;
  writable?: boolean;
}

export interface ContainerLayout {
  image: string;
  labels: Readonly<Record<string, string>>;
  /** `uid:gid` of the learner's processes. */
  user: string;
  hostName: string;
  mounts: readonly Mount[];
  limits: WorkspaceLimits;
}

/** Takes over and reaps what shells leave behind; ends with its input, and everything in the container with it. */
const HOLD = 'trap "" HUP INT QUIT TERM; echo "$1"; echo ready; exec > /dev/null; while read -r; do :; done';

/** `docker run …` of the learner's container. It says its name, then `ready`. */
export function runArguments(name: string, { image, labels, user, hostName, mounts, limits }: ContainerLayout): string[] {
  return [
    ['run', '--rm', '--interactive', '--pull=never', '--name', name, '--hostname', hostName, '--user', user],
    ...Object.entries(labels).map(([key, value]) => ['--label', `${key}=${value}`]),
    ['--network', 'none', '--ipc', 'private', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--read-only'],
    ['--memory', String(limits.memoryBytes), '--memory-swap', String(limits.memoryBytes), '--pids-limit', String(limits.processes)],
    ['--cpus', String(limits.cpus ?? 1), '--shm-size', String(SHARED_MEMORY_BYTES)],
    ['--ulimit', `nofile=${limits.openFiles}:${limits.openFiles}`, '--ulimit', `fsize=${limits.diskBytes}`, '--ulimit', 'core=0'],
    ['--tmpfs', `/tmp:rw,nosuid,nodev,mode=1777,size=${TMP_BYTES}`, '--log-driver', 'none', '--no-healthcheck'],
    ...mounts.map(mountArguments),
    ['--entrypoint', '/bin/bash', image, '--norc', '--noprofile', '-c', HOLD, 'hold', name],
  ].flat();
}

/** `docker run …` of the container that relays the network of the container `name`. */
export function relayArguments(name: string, layout: Pick<ContainerLayout, 'image' | 'labels'>, program: string): string[] {
  return [
    ['run', '--rm', '--interactive', '--pull=never', '--user', '0:0', '--network', `container:${name}`],
    ...Object.entries(layout.labels).map(([key, value]) => ['--label', `${key}=${value}`]),
    ['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN', '--cap-add', 'NET_BIND_SERVICE', '--security-opt', 'no-new-privileges', '--read-only'],
    ['--memory', '128m', '--pids-limit', '64', '--log-driver', 'none', '--no-healthcheck', '--ulimit', 'nofile=4096:4096'],
    mountArguments({ from: program, to: RELAY_PROGRAM }),
    ['--entrypoint', 'node', layout.image, RELAY_PROGRAM],
  ].flat();
}

export interface ExecOptions {
  name: string;
  user: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Whether it gets a terminal of its own. */
  isTerminal: boolean;
}

/** `docker exec …` of a command in the learner's container. */
export function execArguments({ name, user, cwd, env, isTerminal }: ExecOptions, command: readonly string[]): string[] {
  return [
    ['exec', '--interactive', ...(isTerminal ? ['--tty'] : []), '--user', user, '--workdir', cwd],
    ...Object.entries(env).map(([key, value]) => ['--env', `${key}=${value}`]),
    [name, ...command],
  ].flat();
}

function mountArguments({ from, to, writable }: Mount): string[] {
  if (/[",\n]/.test(from)) {
    throw new TypeError(`Docker cannot mount ${JSON.stringify(from)}: its path has a comma, a quote or a line break`);
  }
  return ['--mount', `type=bind,source=${from},target=${to}${writable ? '' : ',readonly'}`];
}
