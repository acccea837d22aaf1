// minikube start, stop, delete: the cluster as a whole.
import { kubectl } from '../kubectl.ts';
import { leaveContext, removeContext, useContext } from '../kubeconfig.ts';
import { changeCluster, clusterState, type ClusterState, ownKubeconfig, setAddon } from '../machine.ts';
import { distribution, MODELLED_VERSION, PROFILE, SIMULATED } from '../version.ts';
import { enabledAddons } from './addon-table.ts';
import { CommandFailed } from './failure.ts';

type Print = (text: string) => void;

export interface StartOptions {
  nodes?: string;
  addons?: string[];
}

const MOST_NODES = 10;

/** Brings the cluster up, in the steps in which the real program does. */
export async function start(print: Print, options: StartOptions): Promise<void> {
  const wanted = nodesOf(options.nodes);
  print(`😄  minikube ${MODELLED_VERSION} on ${distribution()}\n`);
  print(`❗  ${SIMULATED}\n`);
  const before = await clusterState();
  const isNew = before.power === 'absent';
  print(isNew ? '✨  Automatically selected the embedded driver\n' : '✨  Using the embedded driver based on existing profile\n');
  if (!isNew && wanted !== undefined && wanted !== before.nodes.length) {
    print(
      "❗  You cannot change the number of nodes for an existing minikube cluster. Please use 'minikube node add' to add nodes to an existing cluster.\n",
    );
  }
  print(`👍  Starting "${PROFILE}" primary control-plane node in "${PROFILE}" cluster\n`);
  const step = { absent: '🔥  Creating', stopped: '🔄  Restarting existing', running: '🏃  Updating the running' }[before.power];
  print(`${step} embedded node for "${PROFILE}" ...\n`);
  await changeCluster('start', { nodes: wanted ?? 1 });
  await useContext();
  print(`📦  Preparing Kubernetes ${before.version} on ${await runtimeName()} ...\n`);
  if (isNew) {
    print('🔗  Configuring bridge CNI (Container Networking Interface) ...\n');
  }
  print('🔎  Verifying Kubernetes components...\n');
  for (const addon of options.addons ?? []) {
    await setAddon(addon, true);
  }
  const state = await clusterState();
  print(`🌟  Enabled addons: ${enabledAddons(state.addons).join(', ')}\n`);
  startWorkers(state, print);
  await kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  print(`🏄  Done! kubectl is now configured to use "${PROFILE}" cluster and "default" namespace by default\n`);
}

function startWorkers({ nodes }: ClusterState, print: Print): void {
  for (const { name } of nodes.slice(1)) {
    print(`\n👍  Starting "${name}" worker node in "${PROFILE}" cluster\n`);
    print('🌐  Found network options:\n    ▪ NO_PROXY=192.168.49.2\n');
    print('🔎  Verifying Kubernetes components...\n');
  }
}

function nodesOf(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > MOST_NODES) {
    throw new CommandFailed('MK_USAGE', `a cluster has from 1 to ${MOST_NODES} nodes here, not ${text}`);
  }
  return number;
}

async function runtimeName(): Promise<string> {
  const runtime = await kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].status.nodeInfo.containerRuntimeVersion}');
  return runtime.replace('://', ' ');
}

export async function stop(print: Print): Promise<void> {
  const { nodes, power } = await clusterState();
  if (power === 'absent') {
    throw noCluster();
  }
  // The last node goes first, as the others need it.
  for (const { name } of nodes.toReversed()) {
    print(`✋  Stopping node "${name}"  ...\n`);
    print(`🛑  Powering off "${name}" via SSH ...\n`);
  }
  await changeCluster('stop');
  await leaveContext();
  print(`🛑  ${nodes.length} node${nodes.length === 1 ? '' : 's'} stopped.\n`);
}

export async function deleteCluster(print: Print): Promise<void> {
  await ownKubeconfig();
  const { nodes, power } = await clusterState();
  if (power === 'absent') {
    print(`🙄  "${PROFILE}" profile does not exist, trying anyways.\n`);
  }
  print(`🔥  Deleting "${PROFILE}" in embedded ...\n`);
  for (const { name } of nodes) {
    print(`🔥  Deleting node "${name}" ...\n`);
  }
  await changeCluster('delete');
  await removeContext();
  print(`💀  Removed all traces of the "${PROFILE}" cluster.\n`);
}

export function noCluster(): CommandFailed {
  return new CommandFailed(
    'MK_NO_PROFILE',
    `Profile "${PROFILE}" not found. Run "minikube profile list" to view all profiles.\n👉  To start a cluster, run: "minikube start"`,
  );
}
