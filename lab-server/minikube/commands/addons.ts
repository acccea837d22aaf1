// minikube addons list, enable, disable.
import { clusterState, setAddon } from '../machine.ts';
import { table } from '../table.ts';
import { PROFILE } from '../version.ts';
import { addonNames, maintainerOf } from './addon-table.ts';
import { noCluster } from './cluster.ts';
import { CommandFailed } from './failure.ts';

type Print = (text: string) => void;

export async function addonsList(print: Print): Promise<void> {
  const { addons, power } = await clusterState();
  if (power === 'absent') {
    throw noCluster();
  }
  const rows = addonNames().map((name) => [name, PROFILE, addons[name] ? 'enabled ✅' : 'disabled', maintainerOf(name)]);
  print(table(['ADDON NAME', 'PROFILE', 'STATUS', 'MAINTAINER'], rows));
}

export async function addonsEnable(print: Print, name: string): Promise<void> {
  await mustBeSimulated(name, 'enable');
  const maintainer = maintainerOf(name);
  print(`💡  ${name} is an addon maintained by ${maintainer}. For any concerns contact minikube on GitHub.\n`);
  print('You can view the list of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS\n');
  await setAddon(name, true);
  print(`🌟  The '${name}' addon is enabled\n`);
}

export async function addonsDisable(print: Print, name: string): Promise<void> {
  await mustBeSimulated(name, 'disable');
  await setAddon(name, false);
  // The real program leaves this quotation mark open, too.
  print(`🌑  "The '${name}' addon is disabled\n`);
}

async function mustBeSimulated(name: string, action: 'enable' | 'disable'): Promise<void> {
  const code = action === 'enable' ? 'MK_ADDON_ENABLE' : 'MK_ADDON_DISABLE';
  if (!addonNames().includes(name)) {
    throw new CommandFailed(
      code,
      `${action} failed: addon '${name}' is not a valid addon packaged with minikube.\nTo see the list of available addons run:\nminikube addons list`,
    );
  }
  const { addons, power } = await clusterState();
  if (power !== 'running') {
    throw new CommandFailed(code, `${action} failed: the cluster is not running: use \`minikube start\` first`);
  }
  if (!(name in addons)) {
    throw new CommandFailed(
      'DOCKSIDE_NOT_SIMULATED',
      `The addon '${name}' is not simulated here. These are: ${Object.keys(addons).toSorted().join(', ')}.`,
    );
  }
}
