// minikube node list, add, start, stop, delete.
import { kubectl, KubectlError } from '../kubectl.ts';
import { addNode, changeNode, clusterState } from '../machine.ts';
import { PROFILE } from '../version.ts';
import { noCluster } from './cluster.ts';
import { CommandFailed, type FailureCode } from './failure.ts';
import { nodeNamed } from './state.ts';

type Print = (text: string) => void;

export async function nodeList(print: Print): Promise<void> {
  const { nodes, power } = await clusterState();
  if (power === 'absent') {
    throw noCluster();
  }
  print(nodes.map(({ name, address }) => `${name}\t${address}\n`).join(''));
}

export async function nodeAdd(print: Print): Promise<void> {
  if ((await clusterState()).power === 'absent') {
    throw noCluster();
  }
  const { name } = await done('GUEST_NODE_ADD', 'failed to add node', addNode());
  print(`😄  Adding node ${shortName(name)} to cluster ${PROFILE} as [worker]\n`);
  print(`👍  Starting "${name}" worker node in "${PROFILE}" cluster\n`);
  print(`🔥  Creating embedded node for "${name}" ...\n`);
  print('🔎  Verifying Kubernetes components...\n');
  await untilReady(name);
  print(`🏄  Successfully added ${shortName(name)} to ${PROFILE}!\n`);
}

export async function nodeStart(print: Print, name: string): Promise<void> {
  const node = await nodeNamed(name);
  if (node.isRunning) {
    print(`❗  ${shortName(node.name)} is already running\n`);
    return;
  }
  print(`👍  Starting "${node.name}" ${node.role === 'worker' ? 'worker' : 'primary control-plane'} node in "${PROFILE}" cluster\n`);
  print(`🔄  Restarting existing embedded node for "${node.name}" ...\n`);
  await done('GUEST_NODE_START', 'failed to start node', changeNode(node.name, 'start'));
  print('🔎  Verifying Kubernetes components...\n');
  await untilReady(node.name);
  print(`🏄  Successfully started node ${shortName(node.name)}!\n`);
}

export async function nodeStop(print: Print, name: string): Promise<void> {
  const node = await nodeNamed(name);
  print(`✋  Stopping node "${node.name}"  ...\n`);
  print(`🛑  Powering off "${node.name}" via SSH ...\n`);
  await changeNode(node.name, 'stop');
  print(`🛑  Successfully stopped node ${node.name}\n`);
}

export async function nodeDelete(print: Print, name: string): Promise<void> {
  const node = await nodeNamed(name);
  if (node.role === 'control-plane') {
    throw new CommandFailed('GUEST_NODE_DELETE', 'deleting node: the primary control-plane node cannot be deleted: use `minikube delete`');
  }
  print(`🔥  Deleting node ${shortName(node.name)} from cluster ${PROFILE}\n`);
  print(`✋  Stopping node "${node.name}"  ...\n`);
  print(`🔥  Deleting "${node.name}" in embedded ...\n`);
  await changeNode(node.name, 'delete');
  print(`💀  Node ${shortName(node.name)} was successfully deleted.\n`);
}

/** `m02` of `minikube-m02`. */
function shortName(name: string): string {
  return name === PROFILE ? 'm01' : name.slice(PROFILE.length + 1);
}

/** Says why the lab refused a change. */
async function done<T>(code: FailureCode, what: string, change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    throw error instanceof KubectlError ? new CommandFailed(code, `${what}: ${error.message}`) : error;
  }
}

async function untilReady(name: string): Promise<void> {
  await kubectl('wait', '--for=condition=Ready', `node/${name}`, '--timeout=60s');
}
