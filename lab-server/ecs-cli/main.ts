// `ecs-cli`, which AWS archived in November 2025, on the current AWS SDK: the same commands, flags and files against any endpoint.
import { Command, Option } from 'commander';
import { addCompose } from './commands/compose-program.ts';
import { down, up, type UpFlags } from './commands/cluster.ts';
import { configure, configureDefault, configureProfile, configureProfileDefault } from './commands/configure.ts';
import type { ConfigureFlags, ProfileFlags } from './commands/configure.ts';
import { NOT_THERE } from './commands/not-there.ts';
import { ps } from './commands/ps.ts';
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
  .action((flags: ConfigureFlags) => configure(flags));
configuring
  .command('default')
  .description('Makes a stored configuration the default')
  .action((_: unknown, command: Command) => configureDefault(command.optsWithGlobals()));
const profile = configuring
  .command('profile')
  .description('Stores keys in ~/.ecs/credentials')
  .addOption(withEnvironment('--access-key <key>', 'the access key ID', 'AWS_ACCESS_KEY_ID'))
  .addOption(withEnvironment('--secret-key <key>', 'the secret access key', 'AWS_SECRET_ACCESS_KEY'))
  .addOption(withEnvironment('--session-token <token>', 'the session token of temporary keys', 'AWS_SESSION_TOKEN'))
  .option('--profile-name <name>', 'name of this profile', 'default')
  .action((_: unknown, command: Command) => configureProfile(command.optsWithGlobals<ProfileFlags>()));
profile
  .command('default')
  .description('Makes a stored profile the default')
  .action((_: unknown, command: Command) => configureProfileDefault(command.optsWithGlobals()));

connection(program.command('up'))
  .description('Makes the cluster')
  .option('-e, --empty', 'without instances and networks of its own')
  .option('-f, --force', 'replace what is there')
  .option('--launch-type <type>', 'EC2 or FARGATE')
  .option('--tags <pairs>', 'key1=value1,key2=value2')
  .option('--verbose, --debug', 'say more')
  .option('--capability-iam', 'let CloudFormation make roles')
  .allowUnknownOption()
  .allowExcessArguments()
  .action((_: unknown, command: Command) => up(command.optsWithGlobals<UpFlags>()));
connection(program.command('down'))
  .description('Deletes the cluster, and what `up` made with it')
  .option('-f, --force', 'without asking')
  .action((_: unknown, command: Command) => down(command.optsWithGlobals<UpFlags>()));
connection(program.command('ps'))
  .description('Lists the containers of the cluster')
  .option('--desired-status <status>', 'RUNNING or STOPPED')
  .action((_: unknown, command: Command) => ps(command.optsWithGlobals<ConnectionFlags>()));
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
