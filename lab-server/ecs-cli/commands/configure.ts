// `ecs-cli configure`: what is kept in ~/.ecs.
import { launchType } from '../config/settings.ts';
import { saveCluster, saveProfile, setDefaultCluster, setDefaultProfile } from '../config/files.ts';
import { CliFailure } from '../failure.ts';
import { info, warn } from '../output.ts';

export interface ConfigureFlags {
  cluster?: string;
  region?: string;
  configName: string;
  composeServiceNamePrefix?: string;
  cfnStackName?: string;
  defaultLaunchType?: string;
  accessKey?: string;
  secretKey?: string;
}

export interface ProfileFlags {
  accessKey?: string;
  secretKey?: string;
  sessionToken?: string;
  profileName: string;
}

export function configure(flags: ConfigureFlags): void {
  const cluster = required(flags.cluster, '--cluster', 'ECS_CLUSTER');
  const region = required(flags.region, '--region', 'AWS_REGION');
  saveCluster(flags.configName, {
    cluster,
    region,
    default_launch_type: launchType(flags.defaultLaunchType) ?? '',
    ...(flags.cfnStackName === undefined ? {} : { 'cfn-stack-name': flags.cfnStackName }),
    ...(flags.composeServiceNamePrefix === undefined ? {} : { 'compose-service-name-prefix': flags.composeServiceNamePrefix }),
  });
  info(`Saved ECS CLI cluster configuration ${flags.configName}.`);
  if (flags.accessKey !== undefined || flags.secretKey !== undefined) {
    warn(
      'The original ecs-cli takes keys in `ecs-cli configure profile` alone (since 1.0) and would stop here; storing them as that command does.',
    );
    configureProfile({ accessKey: flags.accessKey, secretKey: flags.secretKey, profileName: 'default' });
  }
}

export function configureProfile(flags: ProfileFlags): void {
  saveProfile(flags.profileName, {
    aws_access_key_id: required(flags.accessKey, '--access-key', 'AWS_ACCESS_KEY_ID'),
    aws_secret_access_key: required(flags.secretKey, '--secret-key', 'AWS_SECRET_ACCESS_KEY'),
    ...(flags.sessionToken === undefined ? {} : { aws_session_token: flags.sessionToken }),
  });
  info(`Saved ECS CLI profile configuration ${flags.profileName}.`);
}

export function configureDefault(flags: { configName?: string }): void {
  setDefaultCluster(required(flags.configName, '--config-name'));
}

export function configureProfileDefault(flags: { profileName?: string }): void {
  setDefaultProfile(required(flags.profileName, '--profile-name'));
}

function required(value: string | undefined, flag: string, variable?: string): string {
  if (!value) {
    throw new CliFailure('ECS_CLI_FLAG_MISSING', `${flag} is missing${variable === undefined ? '' : ` (and ${variable} is not set)`}.`);
  }
  return value;
}
