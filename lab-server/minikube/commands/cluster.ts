// minikube start, status, ip, profile list, addons list: what they say of a cluster that is up as long as the lab is.
import { readFileSync } from 'node:fs';
import { kubectl, nodeAddress } from '../kubectl.ts';
import { table } from '../table.ts';
import { MODELLED_VERSION, PROFILE, SIMULATED } from '../version.ts';

type Print = (text: string) => void;

interface ServerVersion {
  serverVersion: { gitVersion: string };
}

async function serverVersion(): Promise<string> {
  return (JSON.parse(await kubectl('version', '-o', 'json')) as ServerVersion).serverVersion.gitVersion;
}

function distribution(): string {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(release)?.[1] ?? '';
    return `${field('NAME').split(' ')[0] ?? 'Linux'} ${field('VERSION_ID')}`.trim();
  } catch {
    return 'Linux';
  }
}

/** Reports each step as it is checked on the running cluster. */
export async function start(print: Print): Promise<void> {
  print(`😄  minikube ${MODELLED_VERSION} on ${distribution()}\n`);
  print(`❗  ${SIMULATED}\n`);
  print('✨  Using the embedded driver based on existing profile\n');
  print(`👍  Starting "${PROFILE}" primary control-plane node in "${PROFILE}" cluster\n`);
  const version = await serverVersion();
  print(`🏃  Updating the running embedded "${PROFILE}" node ...\n`);
  const runtime = await kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].status.nodeInfo.containerRuntimeVersion}');
  print(`📦  Preparing Kubernetes ${version} on ${runtime.replace('://', ' ')} ...\n`);
  print('🔎  Verifying Kubernetes components...\n');
  await kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  const classes = (await kubectl('get', 'storageclasses', '-o', 'name')).trim();
  print(`🌟  Enabled addons: ${classes === '' ? '' : 'default-storageclass'}\n`);
  print(`🏄  Done! kubectl is now configured to use "${PROFILE}" cluster and "default" namespace by default\n`);
}

/** Prints the state of the node's parts. Resolves to the exit status: 0 when all run, else minikube's bits (1 host, 2 kubelet, 4 API server). */
export async function status(print: Print): Promise<number> {
  let exitStatus = 0;
  let kubelet = 'Running';
  let apiServer = 'Running';
  try {
    const ready = await kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].status.conditions[?(@.type=="Ready")].status}');
    if (ready !== 'True') {
      kubelet = 'Stopped';
      exitStatus |= 2;
    }
  } catch {
    kubelet = 'Stopped';
    apiServer = 'Stopped';
    exitStatus |= 6;
  }
  print(`${PROFILE}\ntype: Control Plane\nhost: Running\nkubelet: ${kubelet}\napiserver: ${apiServer}\nkubeconfig: Configured\n\n`);
  return exitStatus;
}

export async function ip(print: Print): Promise<void> {
  print(`${await nodeAddress()}\n`);
}

export async function profileList(print: Print): Promise<void> {
  const nodes = (await kubectl('get', 'nodes', '-o', 'name')).trim().split('\n').length;
  print(
    table(
      ['PROFILE', 'DRIVER', 'RUNTIME', 'IP', 'VERSION', 'STATUS', 'NODES', 'ACTIVE PROFILE', 'ACTIVE KUBECONTEXT'],
      [[PROFILE, 'embedded', 'containerd', await nodeAddress(), await serverVersion(), 'OK', String(nodes), '*', '*']],
    ),
  );
}

export function version(print: Print, short: boolean): void {
  print(short ? `${MODELLED_VERSION}\n` : `minikube version: ${MODELLED_VERSION} (${SIMULATED})\n`);
}
