// minikube status, ip, profile list, version, update-context: what is.
import { currentContext, hasContext, useContext } from '../kubeconfig.ts';
import { clusterState, type Machine } from '../machine.ts';
import { table } from '../table.ts';
import { MODELLED_VERSION, PROFILE, SIMULATED } from '../version.ts';
import { noCluster } from './cluster.ts';
import { CommandFailed } from './failure.ts';

type Print = (text: string) => void;

/** Prints the state of each node's parts. Resolves to the exit status: 0 when all run, else minikube's bits (1 host, 2 kubelet, 4 API server). */
export async function status(print: Print): Promise<number> {
  const { power, nodes } = await clusterState();
  if (power === 'absent') {
    print(
      `🤷  Profile "${PROFILE}" not found. Run "minikube profile list" to view all profiles.\n👉  To start a cluster, run: "minikube start"\n`,
    );
    return 85;
  }
  const kubeconfig = power === 'stopped' ? 'Stopped' : (await hasContext()) ? 'Configured' : 'Misconfigured';
  let exitStatus = 0;
  for (const node of nodes) {
    const is = node.isRunning ? 'Running' : 'Stopped';
    const isFirst = node.role === 'control-plane';
    exitStatus |= node.isRunning ? 0 : isFirst ? 7 : 3;
    print(
      `${node.name}\ntype: ${isFirst ? 'Control Plane' : 'Worker'}\nhost: ${is}\nkubelet: ${is}\n${isFirst ? `apiserver: ${is}\nkubeconfig: ${kubeconfig}\n` : ''}\n`,
    );
  }
  return exitStatus;
}

/** The node by its name or the number part of it; the first one without. */
export async function nodeNamed(name: string | undefined): Promise<Machine> {
  const { nodes, power } = await clusterState();
  if (power === 'absent') {
    throw noCluster();
  }
  const node = nodes.find((one) => name === undefined || one.name === name || one.name === `${PROFILE}-${name}`);
  if (!node) {
    throw new CommandFailed('GUEST_NODE_RETRIEVE', `retrieving node: Could not find node ${name}`);
  }
  return node;
}

export async function ip(print: Print, name: string | undefined): Promise<void> {
  print(`${(await nodeNamed(name)).address}\n`);
}

export async function profileList(print: Print): Promise<void> {
  const { power, nodes, version } = await clusterState();
  if (power === 'absent') {
    throw new CommandFailed('MK_USAGE_NO_PROFILE', 'No minikube profile was found. You can create one using `minikube start`.');
  }
  const isRunning = power === 'running';
  const mark = (await currentContext()) === PROFILE ? '*' : '';
  print(
    table(
      ['PROFILE', 'DRIVER', 'RUNTIME', 'IP', 'VERSION', 'STATUS', 'NODES', 'ACTIVE PROFILE', 'ACTIVE KUBECONTEXT'],
      [
        [
          PROFILE,
          'embedded',
          'containerd',
          nodes[0]?.address ?? '',
          version,
          isRunning ? 'OK' : 'Stopped',
          String(nodes.length),
          '*',
          mark,
        ],
      ],
    ),
  );
}

/** `minikube profile`: the name of the active one. */
export function profile(print: Print): void {
  print(`${PROFILE}\n`);
}

export function version(print: Print, short: boolean): void {
  print(short ? `${MODELLED_VERSION}\n` : `minikube version: ${MODELLED_VERSION} (${SIMULATED})\n`);
}

export async function updateContext(print: Print): Promise<void> {
  const node = await nodeNamed(undefined);
  const isPutIn = await useContext();
  print(
    isPutIn
      ? `🎉  "${PROFILE}" context has been updated to point to ${node.address}:8443\n`
      : `👍  No changes required for the "${PROFILE}" context\n`,
  );
  print(`💗  Current context is "${PROFILE}"\n`);
}
