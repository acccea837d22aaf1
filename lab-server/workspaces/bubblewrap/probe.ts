// Finds out, by doing it once, whether this machine can make bubblewrap workspaces, and says what to do where it cannot.
import { readFile } from 'node:fs/promises';
import type { Availability } from '../../sandboxes/sandbox.ts';
import { runCommand } from '../command-runner.ts';
import { inspectMachine, REQUIRED_PROGRAMS, systemFolders, type Machine } from './machine.ts';

const TIMEOUT_MS = 10_000;

/** A machine that can make bubblewrap workspaces, or why it cannot. */
export async function probeMachine(path: string): Promise<{ machine: Machine } | { unavailable: Extract<Availability, { ready: false }> }> {
  if (process.platform !== 'linux') {
    return unavailable('Bubblewrap needs Linux.', 'Use the docker workspace on this system.');
  }
  const { machine, missing } = inspectMachine(path);
  if (!machine) {
    const packages = [...new Set(missing.map((name) => REQUIRED_PROGRAMS[name]))].join(' ');
    return unavailable(
      `Missing programs: ${missing.join(', ')}.`,
      `Install them, on Debian or Ubuntu with: apt-get install -y ${packages}`,
    );
  }
  const problem = await tryNamespaces(machine);
  return problem === undefined ? { machine } : unavailable(problem, await remedy(problem));
}

/** Makes what a workspace is made of: namespaces with a network of their own, and in them a user namespace without any power. */
async function tryNamespaces({ programs, isRoot }: Machine): Promise<string | undefined> {
  const asLab = isRoot ? [programs.setpriv, '--reuid=65534', '--regid=65534', '--clear-groups', '--'] : [];
  const outer = [
    [programs.bwrap, '--unshare-user', '--unshare-net', '--unshare-pid', '--uid', '0', '--gid', '0'],
    [
      '--cap-add',
      'CAP_NET_ADMIN',
      '--cap-add',
      'CAP_SETFCAP',
      ...systemFolders(),
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      '--tmpfs',
      '/tmp',
      '--',
    ],
  ].flat();
  const inner = `exec ${programs.bwrap} --unshare-user --disable-userns --uid 1000 --gid 1000 --cap-drop ALL --dev-bind / / true`;
  const script = `${programs.ip} route add local 10.96.0.0/12 dev lo && ${inner}`;
  const [file, ...args] = [...asLab, ...outer, '/bin/sh', '-c', script];
  const result = await runCommand({ file, args, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/' }, { timeoutMs: TIMEOUT_MS });
  return result.exitCode === 0 ? undefined : result.stderr.trim() || `The trial ended with exit code ${result.exitCode}.`;
}

/** The usual reasons, each with the way out that its system's makers give. */
async function remedy(problem: string): Promise<string> {
  if ((await setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns')) === '1') {
    return (
      'AppArmor of this Ubuntu forbids user namespaces to bwrap. Allow them to it with a profile in /etc/apparmor.d/bwrap ' +
      '(abi <abi/4.0>, profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }) and `systemctl reload apparmor`, or start Dockside as root.'
    );
  }
  if ((await setting('/proc/sys/kernel/unprivileged_userns_clone')) === '0') {
    return 'User namespaces are switched off for users. Switch them on with: sysctl -w kernel.unprivileged_userns_clone=1';
  }
  if ((await setting('/proc/sys/user/max_user_namespaces')) === '0') {
    return 'User namespaces are switched off. Switch them on with: sysctl -w user.max_user_namespaces=15000';
  }
  if (problem.includes('disable-userns')) {
    return 'Bubblewrap 0.8 or newer is needed.';
  }
  return (
    'User, network and process namespaces must be allowed. In a container, start it with --security-opt seccomp=unconfined ' +
    '--security-opt apparmor=unconfined --security-opt systempaths=unconfined, or use another workspace driver.'
  );
}

async function setting(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

function unavailable(reason: string, remedyText: string): { unavailable: Extract<Availability, { ready: false }> } {
  return { unavailable: { ready: false, reason, remedy: remedyText } };
}
