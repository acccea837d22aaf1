// `minikube` in a workspace whose cluster is the embedded one: the real program's commands and output over the lab's own Kubernetes API.
import { Command } from 'commander';
import { addonsDisable, addonsEnable, addonsList } from './commands/addons.ts';
import { deleteCluster, start, type StartOptions, stop } from './commands/cluster.ts';
import { CommandFailed, describeFailure } from './commands/failure.ts';
import { imageList, imageLoad } from './commands/images.ts';
import { dashboard, logs, ssh } from './commands/inside.ts';
import { nodeAdd, nodeDelete, nodeList, nodeStart, nodeStop } from './commands/nodes.ts';
import { service, serviceList } from './commands/service.ts';
import { configGet, configSet, configUnset, configView } from './commands/settings.ts';
import { ip, profile, profileList, status, updateContext, version } from './commands/state.ts';
import { tunnel } from './commands/tunnel.ts';
import { handToKubectl, KubectlError } from './kubectl.ts';
import { PROFILE, SIMULATED } from './version.ts';

const print = (text: string): void => void process.stdout.write(text);
const exitWith = async (running: Promise<number>): Promise<void> => {
  process.exitCode = await running;
};

/** Commands of the real program that need a Docker, a disk or a hypervisor that this lab does not have. */
const NOT_SIMULATED = ['cp', 'docker-env', 'mount', 'pause', 'podman-env', 'ssh-key', 'unpause'];

const program = new Command('minikube')
  .description(`minikube provisions and manages local Kubernetes clusters (${SIMULATED}).`)
  .option('-p, --profile <name>', 'the name of the cluster', PROFILE)
  .enablePositionalOptions();

program
  .command('start')
  .description('Starts a local Kubernetes cluster')
  .option('-n, --nodes <number>', 'the number of nodes to spin up')
  .option('--addons <names...>', 'addons to enable')
  .allowUnknownOption()
  .action((options: StartOptions) => start(print, { ...options, addons: options.addons?.flatMap((names) => names.split(',')) }));
program
  .command('stop')
  .description('Stops a running local Kubernetes cluster')
  .allowUnknownOption()
  .action(() => stop(print));
program
  .command('delete')
  .description('Deletes a local Kubernetes cluster')
  .option('--all', 'all profiles', false)
  .option('--purge', 'the .minikube folder as well', false)
  .action(() => deleteCluster(print));
program
  .command('status')
  .description('Gets the status of a local Kubernetes cluster')
  .allowUnknownOption()
  .action(() => exitWith(status(print)));
program
  .command('ip')
  .description('Retrieves the IP address of the specified node')
  .option('-n, --node <name>', 'the node')
  .action(({ node }: { node?: string }) => ip(print, node));
program
  .command('version')
  .description('Print the version of minikube')
  .option('--short', 'print the version number alone', false)
  .action((options: { short: boolean }) => version(print, options.short));
program
  .command('update-context')
  .description('Update kubeconfig in case of an IP or port change')
  .action(() => updateContext(print));

const profiles = program
  .command('profile')
  .description('Get or list the current profiles')
  .action(() => profile(print));
profiles
  .command('list')
  .description('Lists all minikube profiles')
  .action(() => profileList(print));

const nodes = program.command('node').description('Add, remove, or list additional nodes');
nodes
  .command('list')
  .description('List nodes')
  .action(() => nodeList(print));
nodes
  .command('add')
  .description('Adds a node to the given cluster')
  .allowUnknownOption()
  .action(() => nodeAdd(print));
for (const [name, does, run] of [
  ['start', 'Starts a node', nodeStart],
  ['stop', 'Stops a node in a cluster', nodeStop],
  ['delete', 'Deletes a node from a cluster', nodeDelete],
] as const) {
  nodes
    .command(name)
    .description(does)
    .argument('<node>')
    .action((node: string) => run(print, node));
}

const addons = program.command('addons').description('Enable or disable a minikube addon');
addons
  .command('list')
  .description('Lists all available minikube addons')
  .action(() => addonsList(print));
addons
  .command('enable')
  .description('Enables the addon')
  .argument('<addon>')
  .action((addon: string) => addonsEnable(print, addon));
addons
  .command('disable')
  .description('Disables the addon')
  .argument('<addon>')
  .action((addon: string) => addonsDisable(print, addon));

const image = program.command('image').description('Manage images');
image
  .command('ls')
  .alias('list')
  .description('List images')
  .action(() => imageList(print));
for (const name of ['load', 'pull']) {
  image
    .command(name)
    .description(name === 'load' ? 'Load an image into minikube' : 'Pull images')
    .argument('<image>')
    .action((reference: string) => imageLoad(reference));
}

const config = program.command('config').description('Modify persistent configuration values');
config
  .command('set')
  .argument('<name>')
  .argument('<value>')
  .action((name: string, value: string) => configSet(print, name, value));
config
  .command('get')
  .argument('<name>')
  .action((name: string) => configGet(print, name));
config
  .command('unset')
  .argument('<name>')
  .action((name: string) => configUnset(name));
config.command('view').action(() => configView(print));

program
  .command('tunnel')
  .description('Connect to LoadBalancer services')
  .option('-c, --cleanup', 'call with cleanup=true to remove old tunnels', true)
  .action(async () => {
    const abort = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => abort.abort());
    }
    await tunnel(print, abort.signal);
  });
program
  .command('service')
  .description('Returns a URL to connect to a service')
  .argument('[name]', 'the service, or `list`')
  .option('-n, --namespace <namespace>', 'the service namespace')
  .option('--url', 'print the URL alone', false)
  .option('--all', 'every service of the namespace', false)
  .action((name: string | undefined, options: { namespace?: string; url: boolean; all: boolean }) =>
    name === 'list'
      ? serviceList(options.namespace, print)
      : service(name, { ...options, namespace: options.namespace ?? 'default' }, print),
  );
program
  .command('ssh')
  .description('Log into the minikube environment')
  .option('-n, --node <name>', 'the node')
  .argument('[command...]')
  .passThroughOptions()
  .action((command: string[], { node }: { node?: string }) => exitWith(ssh(node, command)));
program
  .command('logs')
  .description('Returns logs to debug a local Kubernetes cluster')
  .allowUnknownOption()
  .action(() => logs(print));
program
  .command('dashboard')
  .description('Access the Kubernetes dashboard running within the minikube cluster')
  .allowUnknownOption()
  .action(() => dashboard(print));
program
  .command('kubectl')
  .description('Run a kubectl binary matching the cluster version')
  .argument('[args...]')
  .allowUnknownOption()
  .helpOption(false)
  .action((args: string[]) => exitWith(handToKubectl(args)));
for (const name of NOT_SIMULATED) {
  program
    .command(name, { hidden: true })
    .argument('[args...]')
    .allowUnknownOption()
    .action(() => {
      throw new CommandFailed(
        'DOCKSIDE_NOT_SIMULATED',
        `minikube ${name} is not simulated here: there is no machine with a disk or a Docker behind this cluster. Use kubectl for what is in it.`,
      );
    });
}

/** Takes `-p NAME` out, wherever it stands before `--`. Throws for a profile that this lab does not have. */
function withoutProfile(args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const rest: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const [, joined] = /^(?:--profile=|-p=)(.*)$/.exec(args[index] ?? '') ?? [];
    const isSeparate = args[index] === '-p' || args[index] === '--profile';
    if (index >= end || (joined === undefined && !isSeparate)) {
      rest.push(args[index] ?? '');
      continue;
    }
    index += isSeparate ? 1 : 0;
    const name = joined ?? args[index];
    if (name !== PROFILE) {
      throw new CommandFailed('MK_USAGE', `This lab has one cluster, called "${PROFILE}": there is no profile "${name}".`);
    }
  }
  return rest;
}

try {
  await program.parseAsync(withoutProfile(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  const failure =
    error instanceof CommandFailed
      ? error
      : error instanceof KubectlError
        ? new CommandFailed('K8S_UNREACHABLE', error.message)
        : undefined;
  if (!failure) {
    throw error;
  }
  process.stderr.write(describeFailure(failure));
  process.exitCode = failure.exitStatus;
}
