// Flags that many commands have.
import { Option, type Command } from 'commander';

/** A flag that an environment variable stands in for. */
export function withEnvironment(flags: string, description: string, variable: string): Option {
  return new Option(flags, description).env(variable);
}

/** Where and as whom a command works. The region has its own order (lab-server/ecs-cli/config/settings.ts), so its flag reads no variable here. */
export function connection(command: Command): Command {
  return command
    .option('-r, --region <name>', 'the region')
    .addOption(withEnvironment('--ecs-profile <name>', 'a profile of ~/.ecs/credentials', 'ECS_PROFILE'))
    .addOption(withEnvironment('--aws-profile <name>', 'a profile of ~/.aws', 'AWS_PROFILE'))
    .option('--cluster-config <name>', 'a configuration of ~/.ecs/config')
    .addOption(withEnvironment('-c, --cluster <name>', 'the cluster', 'ECS_CLUSTER'));
}
