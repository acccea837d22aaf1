// The commands from which a bubblewrap workspace is made. Two layers:
//
// The holder owns the lab's user, network, process, ipc, host-name and mount namespaces and sets them up; it runs none of the learner's
// programs. Each terminal enters the holder's namespaces and starts, in them, a second bubblewrap with a user namespace of its own, in
// which nothing has any capability. So terminals see each other's processes and addresses, and none has power over the network or mounts.
//
// A server that is root gives each lab a user id of its own before anything starts. That id cannot look into the server's folders, so a
// first bubblewrap, still root, binds what the lab needs where the lab's id can reach it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PtyCommand } from '../../terminals/index.ts';
import type { WorkspaceLimits } from '../workspace.ts';
import type { Machine } from './machine.ts';
import { systemFolders } from './machine.ts';
import { HOME, HOST_NAME, LEARNER, LEARNER_ID, SHARED_ETC, SYSTEM_FILES } from './system-files.ts';
import { systemCallFilter } from './system-call-filter.ts';

export const OWN_FOLDER = '/opt/dockside';
const OWN_PROGRAMS = `${OWN_FOLDER}/bin`;
const CONFINEMENT_FOLDER = `${OWN_FOLDER}/confinement`;
export const WORKSPACE_PATH = `${OWN_PROGRAMS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const HOST_ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
const TMP_BYTES = 256 * 1024 * 1024;
const SHARED_MEMORY_BYTES = 64 * 1024 * 1024;
/** Where the root stage shows a lab's folders; /tmp of the host is hidden by it. */
const STAGE = '/tmp';

/** What every terminal's bubblewrap is told, in a file of its own so that the learner's list of processes stays readable. */
const CONFINEMENT = [
  ['--unshare-user', '--disable-userns', '--uid', String(LEARNER_ID), '--gid', String(LEARNER_ID)],
  ['--cap-drop', 'ALL', '--die-with-parent', '--dev-bind', '/', '/'],
].flat();

/** Joins the control groups whose files come first, up to `--`; marks the lab as the first to go when memory runs out; then goes on. */
const JOIN_AND_EXEC = 'while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift; echo 1000 > /proc/self/oom_score_adj; exec "$@"';

/** A read-only (or, for home, writable) piece of the host that a workspace sees. */
export interface Bind {
  from: string;
  to: string;
  writable?: boolean;
}

export interface HolderLayout {
  machine: Machine;
  /** User and group id of the lab on the host, where the server is root. */
  uid: number | undefined;
  /** Absolute path of the home folder on the host. */
  home: string;
  /** Folder with the files of `writeSystemFiles`. */
  systemEtc: string;
  /** Folder with the files of `writeConfinement`. */
  confinement: string;
  /** Folder with this lab's hosts and resolv.conf. */
  labEtc: string;
  /** Programs and folders beside the system's own. */
  binds: readonly Bind[];
  /** Ranges (CIDR) that are local to the workspace's network. */
  ranges: readonly string[];
  /** cgroup.procs files to join. */
  controlGroups: readonly string[];
}

/** The command that makes and keeps a lab's namespaces. It prints bwrap's information (JSON), then `ready`; it ends with its input. */
export function holderCommand(layout: HolderLayout): PtyCommand {
  const { machine, uid } = layout;
  const binds: Bind[] = [
    ...SYSTEM_FILES.map((name) => ({ from: `${layout.systemEtc}/${name}`, to: `/etc/${name}` })),
    { from: layout.confinement, to: CONFINEMENT_FOLDER },
    { from: `${layout.labEtc}/hosts`, to: '/etc/hosts' },
    { from: `${layout.labEtc}/resolv.conf`, to: '/etc/resolv.conf' },
    ...layout.binds,
    { from: layout.home, to: HOME, writable: true },
  ];
  // Where root stages them, sources lie under numbers.
  const staged = binds.map((bind, index) => (uid === undefined ? bind : { ...bind, from: `${STAGE}/${index}` }));
  const stage =
    uid === undefined
      ? []
      : [
          machine.programs.bwrap,
          ['--cap-add', 'ALL', '--die-with-parent', '--dev-bind', '/', '/', '--perms', '0755', '--tmpfs', STAGE],
          ...binds.flatMap((bind, index) => [bind.writable ? '--bind' : '--ro-bind', bind.from, `${STAGE}/${index}`]),
          ...asUser(machine, uid),
        ].flat();
  const namespaces = [
    ['--unshare-user', '--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ['--hostname', HOST_NAME, '--uid', '0', '--gid', '0', '--as-pid-1', '--die-with-parent', '--clearenv', '--info-fd', '3'],
    // For the routes below; and for the user namespaces of the terminals, which map another id onto the same user.
    ['--cap-add', 'CAP_NET_ADMIN', '--cap-add', 'CAP_NET_BIND_SERVICE', '--cap-add', 'CAP_SETFCAP'],
  ].flat();
  const files = [
    ...folders('/etc', '/etc/ssl', '/etc/pki', '/etc/pki/tls', '/home', '/opt', OWN_FOLDER, OWN_PROGRAMS, '/run', '/var'),
    ...systemFolders(),
    ...SHARED_ETC.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ['--proc', '/proc', '--dev', '/dev'],
    ['--perms', '1777', '--size', String(SHARED_MEMORY_BYTES), '--tmpfs', '/dev/shm'],
    ['--perms', '1777', '--size', String(TMP_BYTES), '--tmpfs', '/tmp'],
    ['--symlink', '/tmp', '/var/tmp'],
    ...staged.flatMap((bind) => [bind.writable ? '--bind' : '--ro-bind', bind.from, bind.to]),
    ['--remount-ro', '/dev', '--remount-ro', '/'],
  ].flat();
  const routes = layout.ranges.map((range) => `${machine.programs.ip} route add local ${checkedRange(range)} dev lo || exit 1; `);
  // As process 1 it takes over and reaps what shells leave behind, no signal from inside reaches it, and everything ends with it.
  const script = `trap '' HUP INT QUIT TERM; ${routes.join('')}echo ready; exec > /dev/null; while read -r; do :; done`;
  // bwrap closes the file of its information, so that gets a number of its own beside the output.
  const withInfoFile = ['/bin/sh', '-c', 'exec "$@" 3>&1', 'holder'];
  const program = ['--setenv', 'PATH', HOST_ENV.PATH, '/bin/bash', '--norc', '--noprofile', '-c', script, 'lab'];
  return launched(layout.controlGroups, [...withInfoFile, ...stage, machine.programs.bwrap, ...namespaces, ...files, ...program]);
}

export interface EnterOptions {
  machine: Machine;
  uid: number | undefined;
  /** A process inside the holder's namespaces. */
  holderPid: number;
  limits: WorkspaceLimits;
  controlGroups: readonly string[];
  /** Whether there is a system call filter. */
  isFiltered: boolean;
  /** The whole environment of the command. */
  env: Record<string, string>;
  /** Absolute path in the workspace. */
  cwd: string;
}

/** The command that runs `command` in a workspace, as the learner, without any capability. */
export function enterCommand(options: EnterOptions, command: readonly string[]): PtyCommand {
  const { machine, uid, limits } = options;
  const limit = [
    `--nproc=${limits.processes}`,
    `--nofile=${limits.openFiles}`,
    `--fsize=${limits.diskBytes}`,
    // Not the address space: Go and JavaScript programs reserve far more of it than they use.
    `--data=${limits.memoryBytes}`,
    '--core=0',
    '--memlock=65536',
  ];
  const user = uid === undefined ? [] : asUser(machine, uid);
  const enter = [
    [machine.programs.nsenter, '--preserve-credentials', '--target', String(options.holderPid)],
    ['--user', '--net', '--pid', '--ipc', '--uts', '--mount', '--cgroup', '--'],
  ].flat();
  const { bwrap } = machine.programs;
  const files = `8< ${CONFINEMENT_FOLDER}/arguments 9< ${CONFINEMENT_FOLDER}/filter`;
  const confine = ['/bin/sh', '-c', `exec ${bwrap} --args 8 ${options.isFiltered ? '--seccomp 9' : ''} "$@" ${files}`, 'confine'];
  const place = [
    '--chdir',
    options.cwd,
    '--clearenv',
    ...Object.entries(options.env).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
  const limited = [machine.programs.prlimit, ...limit, '--'];
  return launched(options.controlGroups, [...user, ...enter, ...limited, ...confine, ...place, '--', ...command]);
}

/** Writes what confines terminals into `folder`; returns whether there is a system call filter for this machine. */
export async function writeConfinement(folder: string): Promise<boolean> {
  const filter = systemCallFilter(process.arch);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeFile(join(folder, 'arguments'), CONFINEMENT.map((argument) => `${argument}\0`).join(''), { mode: 0o644 });
  await writeFile(join(folder, 'filter'), filter ?? '', { mode: 0o644 });
  return filter !== undefined;
}

/** Prefix that runs a program in the lab's network namespace with the power to bind low ports, but with the host's files. */
export function inNetworkOf(machine: Machine, holderPid: number): string[] {
  const nsenter = [machine.programs.nsenter, '--preserve-credentials', '--target', String(holderPid)];
  // Root has that power over every namespace; another user has it in the lab's user namespace, which is its own.
  return machine.isRoot ? [...nsenter, '--net', '--'] : [...nsenter, '--user', '--net', '--'];
}

function launched(controlGroups: readonly string[], command: readonly string[]): PtyCommand {
  return { file: '/bin/sh', args: ['-c', JOIN_AND_EXEC, 'start', ...controlGroups, '--', ...command], env: HOST_ENV, cwd: '/' };
}

function asUser(machine: Machine, uid: number): string[] {
  return [machine.programs.setpriv, `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
}

function folders(...paths: string[]): string[] {
  return paths.flatMap((path) => ['--perms', '0755', '--dir', path]);
}

/** Ranges go into a shell script: only digits may. */
function checkedRange(range: string): string {
  if (!/^[\d.]+\/\d+$/.test(range)) {
    throw new TypeError(`"${range}" is not an IPv4 range in CIDR notation`);
  }
  return range;
}

/** What every command of the learner finds in its environment. */
export function baseEnvironment(): Record<string, string> {
  return {
    HOME,
    USER: LEARNER,
    LOGNAME: LEARNER,
    SHELL: '/bin/bash',
    PATH: WORKSPACE_PATH,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    INPUTRC: '/etc/inputrc',
    LESS: '-R',
  };
}
