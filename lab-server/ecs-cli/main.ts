// `ecs-cli`, which AWS archived in November 2025, on the current AWS SDK: the same commands, flags and files against any endpoint.
// Each command is loaded when it is called: the readers of files and the SDK cost more time than the rest of the program.
import { Command, Option } from 'commander';
import type { CheckFlags } from './commands/check-attributes.ts';
import { addCompose } from './commands/compose-program.ts';
import type { UpFlags } from './commands/cluster.ts';
import type { ConfigureFlags, ProfileFlags } from './commands/configure.ts';
import type { ImagesFlags } from './commands/images.ts';
import type { LogsFlags } from './commands/logs.ts';
import { NOT_THERE } from './commands/not-there.ts';
import type { ConnectionFlags } from './config/settings.ts';
import { CliFailure, describeFailure } from './failure.ts';
import { connection, withEnvironment } from './flags.ts';
import { fatal } from './output.ts';

const program = new Command('ecs-cli')
  .description('Runs containers on Amazon ECS from Compose files.')
  .version('ecs-cli version 1.21.0 (Dockside)', '-v, --version', 'print the version')
  .option('--endpoint <url>', 'another address of AWS than its own (AWS_ENDPOINT_URL counts too)')
  .configureHelp({ showGlobalOptions: true });

const configuring = program
  .command('configure')
  .description('Stores the cluster that commands work with in ~/.ecs/config')
  .addOption(withEnvironment('-c, --cluster <name>', 'the cluster', 'ECS_CLUSTER'))
  .addOption(withEnvironment('-r, --region <name>', 'its region', 'AWS_REGION'))
  .option('--config-name <name>', 'name of this configuration', 'default')
  .option('--compose-service-name-prefix <text>', 'what the names of services begin with')
  .option('--cfn-stack-name <name>', 'the CloudFormation stack of `ecs-cli up` (otherwise amazon-ecs-cli-setup-CLUSTER)')
  .option('--default-launch-type <type>', 'EC2 or FARGATE')
  .addOption(new Option('--access-key <key>').hideHelp())
  .addOption(new Option('--secret-key <key>').hideHelp())
  .action(async (flags: ConfigureFlags) => (await import('./commands/configure.ts')).configure(flags));
configuring
  .command('default')
  .description('Makes a stored configuration the default')
  .action(async (_: unknown, command: Command) => (await import('./commands/configure.ts')).configureDefault(command.optsWithGlobals()));
const profile = configuring
  .command('profile')
  .description('Stores keys in ~/.ecs/credentials')
  .addOption(withEnvironment('--access-key <key>', 'the access key ID', 'AWS_ACCESS_KEY_ID'))
  .addOption(withEnvironment('--secret-key <key>', 'the secret access key', 'AWS_SECRET_ACCESS_KEY'))
  .addOption(withEnvironment('--session-token <token>', 'the session token of temporary keys', 'AWS_SESSION_TOKEN'))
  .option('--profile-name <name>', 'name of this profile', 'default')
  .action(async (_: unknown, command: Command) =>
    (await import('./commands/configure.ts')).configureProfile(command.optsWithGlobals<ProfileFlags>()),
  );
profile
  .command('default')
  .description('Makes a stored profile the default')
  .action(async (_: unknown, command: Command) =>
    (await import('./commands/configure.ts')).configureProfileDefault(command.optsWithGlobals()),
  );

connection(program.command('up'))
  .description('Makes the cluster, and with CloudFormation what it runs on')
  .option('-e, --empty', 'without instances and networks of its own')
  .option('-f, --force', 'replace what is there')
  .option('--launch-type <type>', 'EC2 or FARGATE')
  .option('--capability-iam', 'let CloudFormation make a role for the instances')
  .option('--instance-role <name>', 'a role that is there, for the instances')
  .option('--instance-type <type>', 'the kind of instance (otherwise t3.medium)')
  .option('--size <count>', 'how many instances (otherwise 1)')
  .option('--image-id <id>', 'the machine image (otherwise the newest that ECS recommends)')
  .option('--keypair <name>', 'the key pair for SSH')
  .option('--spot-price <dollars>', 'spot instances, at most at this price an hour')
  .option('--no-associate-public-ip-address', 'instances without public addresses')
  .option('--vpc <id>', 'a VPC that is there (with --subnets)')
  .option('--subnets <ids>', 'its subnets, with commas between them')
  .option('--azs <zones>', 'the two availability zones of the subnets that are made')
  .option('--security-group <ids>', 'security groups that are there, with commas between them')
  .option('--cidr <range>', 'from where the security group that is made lets in (otherwise 0.0.0.0/0)')
  .option('--port <port>', 'the port that it lets in (otherwise 80)')
  .option('--extra-user-data <file>', 'more for the first start of an instance (repeatable)', repeatable)
  .option('--imdsv2', 'instances with version 2 of the metadata service only')
  .option('--tags <pairs>', 'key1=value1,key2=value2')
  .option('--verbose, --debug', 'say more')
  .action(async (_: unknown, command: Command) => (await import('./commands/cluster.ts')).up(command.optsWithGlobals<UpFlags>()));
connection(program.command('scale'))
  .description('Changes how many instances `up` made')
  .option('--capability-iam', 'let CloudFormation change the role of the instances')
  .option('--size <count>', 'how many instances')
  .action(async (_: unknown, command: Command) => (await import('./commands/cluster.ts')).scale(command.optsWithGlobals<UpFlags>()));
connection(program.command('down'))
  .description('Deletes the cluster, and what `up` made with it')
  .option('-f, --force', 'without asking')
  .action(async (_: unknown, command: Command) => (await import('./commands/cluster.ts')).down(command.optsWithGlobals<UpFlags>()));
connection(program.command('ps'))
  .description('Lists the containers of the cluster')
  .option('--desired-status <status>', 'RUNNING or STOPPED')
  .action(async (_: unknown, command: Command) => (await import('./commands/ps.ts')).ps(command.optsWithGlobals<ConnectionFlags>()));
connection(program.command('logs'))
  .description('Prints what the containers of a task wrote to CloudWatch Logs')
  .option('--task-id <id>', 'the task')
  .option('--task-def <name>', 'its task definition, for a task that is long gone')
  .option('--follow', 'go on with what they write from now on')
  .option('--filter-pattern <pattern>', 'lines that match a pattern of CloudWatch Logs')
  .option('--container-name <name>', 'one container')
  .option('--since <minutes>', 'lines of the last minutes')
  .option('--start-time <time>', 'lines from then on')
  .option('--end-time <time>', 'lines until then')
  .option('-t, --timestamps', 'the time before each line')
  .action(async (_: unknown, command: Command) => (await import('./commands/logs.ts')).logs(command.optsWithGlobals<LogsFlags>()));
connection(program.command('check-attributes'))
  .description('Lists what a task definition needs and container instances do not have')
  .option('--task-def <name>', 'the task definition')
  .option('--container-instances <ids>', 'the container instances, with commas between them')
  .action(async (_: unknown, command: Command) =>
    (await import('./commands/check-attributes.ts')).checkAttributes(command.optsWithGlobals<CheckFlags>()),
  );
connection(program.command('images'))
  .description('Lists images in ECR')
  .argument('[repository]')
  .option('--tagged', 'those with a tag')
  .option('--untagged', 'those without')
  .option('--registry-id <account>', 'the account of the registry')
  .action(async (repository: string | undefined, _: unknown, command: Command) =>
    (await import('./commands/images.ts')).images(command.optsWithGlobals<ImagesFlags>(), repository),
  );
addCompose(program);
for (const { name, why } of NOT_THERE) {
  program
    .command(name, { hidden: true })
    .argument('[args...]')
    .allowUnknownOption()
    .action(() => {
      throw new CliFailure('ECS_CLI_NOT_THERE', why);
    });
}

try {
  await program.parseAsync();
} catch (error) {
  fatal(describeFailure(error));
  process.exitCode = 1;
}

function repeatable(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
