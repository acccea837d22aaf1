// `minikube` in a workspace whose cluster is the embedded one: the real program's commands and output over the lab's own Kubernetes API.
import { Command } from 'commander';
import { ip, profileList, start, status, version } from './commands/cluster.ts';
import { CommandFailed, describeFailure } from './commands/failure.ts';
import { service, serviceList } from './commands/service.ts';
import { tunnel } from './commands/tunnel.ts';
import { handToKubectl, KubectlError } from './kubectl.ts';
import { SIMULATED } from './version.ts';

const print = (text: string): void => void process.stdout.write(text);

/** Commands of the real program that change the machine under the cluster, which this lab does not have. */
const NOT_SIMULATED = [
  'addons',
  'config',
  'cp',
  'dashboard',
  'delete',
  'docker-env',
  'image',
  'logs',
  'mount',
  'node',
  'pause',
  'ssh',
  'stop',
  'unpause',
];

const program = new Command('minikube')
  .description(`minikube provisions and manages local Kubernetes clusters (${SIMULATED}).`)
  .option('-p, --profile <name>', 'the name of the cluster', 'minikube');
program
  .command('start')
  .description('Starts a local Kubernetes cluster')
  .allowUnknownOption()
  .action(() => start(print));
program
  .command('status')
  .description('Gets the status of a local Kubernetes cluster')
  .action(async () => {
    process.exitCode = await status(print);
  });
program
  .command('ip')
  .description('Retrieves the IP address of the specified node')
  .action(() => ip(print));
program
  .command('version')
  .description('Print the version of minikube')
  .option('--short', 'print the version number alone', false)
  .action((options: { short: boolean }) => version(print, options.short));
program
  .command('profile')
  .description('Get or list the current profiles')
  .argument('[list]')
  .action(() => profileList(print));
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
  .command('kubectl')
  .description('Run a kubectl binary matching the cluster version')
  .argument('[args...]')
  .allowUnknownOption()
  .helpOption(false)
  .action(async (args: string[]) => {
    process.exitCode = await handToKubectl(args);
  });
for (const name of NOT_SIMULATED) {
  program
    .command(name, { hidden: true })
    .argument('[args...]')
    .allowUnknownOption()
    .action(() => {
      throw new CommandFailed(
        'DOCKSIDE_NOT_SIMULATED',
        `minikube ${name} is not simulated here. The lab's cluster runs as long as the lab does; reset it in the lab's menu, and use kubectl for what is in it.`,
      );
    });
}

try {
  await program.parseAsync();
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
