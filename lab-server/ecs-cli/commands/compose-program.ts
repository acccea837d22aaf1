// The flags of `ecs-cli compose` and of everything below it. Flags that the archived tool wants before a subcommand are understood behind it as well.
import type { Command } from 'commander';
import type { ComposeFlags } from '../compose/project.ts';
import { CliFailure } from '../failure.ts';
import { connection, withEnvironment } from '../flags.ts';
import type { ServiceFlags } from './compose-service.ts';

// Loaded when they are called.
const tasks = () => import('./compose.ts');
const services = () => import('./compose-service.ts');
const listing = () => import('./ps.ts');

export function addCompose(program: Command): void {
  const compose = connection(program.command('compose'))
    .description('Works on the tasks of a Compose file')
    .addOption(withEnvironment('-f, --file <file>', 'the Compose file, or a task definition in JSON', 'COMPOSE_FILE'))
    .addOption(withEnvironment('-p, --project-name <name>', "the project's name (otherwise the folder's)", 'COMPOSE_PROJECT_NAME'))
    .option('--task-role-arn <arn>', 'the role of the task')
    .option('--ecs-params <file>', 'ECS parameters (otherwise ecs-params.yml)')
    .option('--registry-creds <file>', 'credentials of registries')
    .option('--verbose', 'say more');
  running(compose, 'create', 'Registers the task definition', async (flags) => (await tasks()).composeCreate(flags));
  running(compose, 'up', 'Registers the task definition and runs it', async (flags) => (await tasks()).composeUp(flags)).option(
    '-u, --force-update',
    'start again without a change',
  );
  running(compose, 'start', 'Runs a task if none is running', async (flags) => (await tasks()).composeStart(flags));
  plain(compose, 'ps', 'Lists the containers of the project', async (flags) => (await listing()).composePs(flags)).option(
    '--desired-status <status>',
    'RUNNING or STOPPED',
  );
  plain(compose, 'stop', 'Stops the tasks of the project', async (flags) => (await tasks()).composeStop(flags)).aliases(['down', 'rm']);
  running(compose, 'scale', 'Runs a number of tasks', async (flags, [count]) =>
    (await tasks()).composeScale(flags, wholeNumber(count)),
  ).argument('<count>');
  running(compose, 'run', 'Runs the project once, with other commands', async (flags, args) =>
    (await tasks()).composeRun(flags, args),
  ).argument('[container and command...]');
  addService(compose);
}

function addService(compose: Command): void {
  const service = compose.command('service').description("Works on the project's service");
  deploying(
    running<ServiceFlags>(service, 'create', 'Makes the service, with no task yet', async (flags) =>
      (await services()).serviceCreate(flags),
    ),
  );
  deploying(
    running<ServiceFlags>(service, 'up', 'Makes or updates the service, and waits until it is steady', async (flags) =>
      (await services()).serviceUp(flags),
    ),
  )
    .option('--timeout <minutes>', 'how long to wait; 0 does not', '5')
    .option('--force-deployment', 'deploy without a change');
  waiting(service, 'start', 'Starts the service', async (flags) => (await services()).serviceStart(flags));
  waiting(service, 'stop', 'Brings the service to no task', async (flags) => (await services()).serviceStop(flags));
  plain(service, 'ps', "Lists the service's containers", async (flags) => (await listing()).composeServicePs(flags)).option(
    '--desired-status <status>',
    'RUNNING or STOPPED',
  );
  waiting(service, 'scale', 'Brings the service to a number of tasks', async (flags, [count]) =>
    (await services()).serviceScale(flags, wholeNumber(count)),
  )
    .argument('<count>')
    .option('--deployment-max-percent <percent>', 'how many tasks a deployment may have')
    .option('--deployment-min-healthy-percent <percent>', 'how many tasks a deployment must leave');
  waiting(service, 'rm', 'Deletes the service', async (flags) => (await services()).serviceRemove(flags))
    .alias('down')
    .option('--force', 'without asking');
}

type Action<Flags> = (flags: Flags, args: string[]) => Promise<void>;

function plain<Flags extends ComposeFlags = ComposeFlags>(
  parent: Command,
  name: string,
  description: string,
  action: Action<Flags>,
): Command {
  return parent
    .command(name)
    .description(description)
    .action(async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      await action(command.optsWithGlobals<Flags>(), command.args);
    });
}

function running<Flags extends ComposeFlags = ComposeFlags>(
  parent: Command,
  name: string,
  description: string,
  action: Action<Flags>,
): Command {
  return plain(parent, name, description, action)
    .option('--launch-type <type>', 'EC2 or FARGATE')
    .option('--create-log-groups', 'make the log groups that the containers write to')
    .option('--tags <pairs>', 'key1=value1,key2=value2')
    .option('--disable-ecs-managed-tags', "without ECS's own tags");
}

function waiting(parent: Command, name: string, description: string, action: Action<ServiceFlags>): Command {
  return plain(parent, name, description, action).option('--timeout <minutes>', 'how long to wait; 0 does not', '5');
}

function deploying(command: Command): Command {
  return command
    .option('--deployment-max-percent <percent>', 'how many tasks a deployment may have')
    .option('--deployment-min-healthy-percent <percent>', 'how many tasks a deployment must leave')
    .option('--target-group-arn <arn>', 'a target group')
    .option('--load-balancer-name <name>', 'a Classic Load Balancer')
    .option('--container-name <name>', 'the container behind it')
    .option('--container-port <port>', "the container's port behind it")
    .option(
      '--target-groups <description>',
      'targetGroupArn=…,containerName=…,containerPort=… (repeatable)',
      (value: string, all: string[] | undefined) => [...(all ?? []), value],
    )
    .option('--role <arn>', 'the role of the load balancer')
    .option('--health-check-grace-period <seconds>', 'how long health checks do not count')
    .option('--scheduling-strategy <strategy>', 'REPLICA or DAEMON');
}

function wholeNumber(text: string | undefined): number {
  if (text === undefined || !/^\d{1,6}$/.test(text)) {
    throw new CliFailure('ECS_CLI_COUNT', `"${text ?? ''}" is not a number of tasks.`);
  }
  return Number(text);
}
