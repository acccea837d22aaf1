// minikube node list, add, start, stop, delete.
import { kubectl } from '../kubectl.ts';
import { addNode, changeNode, clusterState } from '../machine.ts';
import { PROFILE } from '../version.ts';
import { noCluster } from './cluster.ts';
import { CommandFailed } from './failure.ts';
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
  const { nodes } = await clusterState();
  const number = shortName(nodes.at(-1)?.name ?? PROFILE);
  const next = `m${String((number === 'm01' ? 1 : Number(number.slice(1))) + 1).padStart(2, '0')}`;
  print(`😄  Adding node ${next} to cluster ${PROFILE} as [worker]\n`);
  const { name } = await addNode();
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
  await changeNode(node.name, 'start');
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

async function untilReady(name: string): Promise<void> {
  await kubectl('wait', '--for=condition=Ready', `node/${name}`, '--timeout=60s');
}
