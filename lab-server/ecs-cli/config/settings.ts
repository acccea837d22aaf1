// Which cluster, region, endpoint and credentials a command works with: flags, then the environment, then ~/.ecs, then what the AWS SDK finds itself.
import { CliFailure } from '../failure.ts';
import { readConfig, readCredentials, requireName, type ClusterConfig } from './files.ts';

/** The flags that nearly every command has. */
export interface ConnectionFlags {
  endpoint?: string;
  region?: string;
  ecsProfile?: string;
  awsProfile?: string;
  clusterConfig?: string;
  cluster?: string;
  launchType?: string;
}

export interface Settings {
  endpoint?: string;
  region?: string;
  /** Profile of ~/.aws, where one is asked for. */
  awsProfile?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  cluster?: string;
  launchType?: 'EC2' | 'FARGATE' | 'EXTERNAL';
  stackName?: string;
  serviceNamePrefix: string;
}

export function resolveSettings(flags: ConnectionFlags, env: NodeJS.ProcessEnv = process.env, folder?: string): Settings {
  const stored = storedCluster(flags, folder);
  const cluster = flags.cluster ?? stored?.cluster;
  const chosenByFlag = flags.clusterConfig === undefined ? undefined : stored?.region;
  return {
    endpoint: flags.endpoint,
    region: flags.region ?? chosenByFlag ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? stored?.region,
    cluster,
    launchType: launchType(flags.launchType ?? stored?.default_launch_type),
    stackName: stored?.['cfn-stack-name'] ?? (cluster === undefined ? undefined : `amazon-ecs-cli-setup-${cluster}`),
    serviceNamePrefix: stored?.['compose-service-name-prefix'] ?? '',
    ...credentials(flags, env, folder),
  };
}

/** The cluster's name, which most commands cannot do without. */
export function clusterOf(settings: Settings): string {
  if (!settings.cluster) {
    throw new CliFailure(
      'ECS_CLI_NO_CLUSTER',
      'No cluster is named. Give --cluster, set ECS_CLUSTER, or store one with `ecs-cli configure --cluster NAME --region REGION`.',
    );
  }
  return settings.cluster;
}

function storedCluster(flags: ConnectionFlags, folder?: string): ClusterConfig | undefined {
  const config = readConfig(folder);
  return flags.clusterConfig === undefined
    ? config.clusters[config.default]
    : requireName(flags.clusterConfig, config.clusters, 'cluster configuration', 'ecs-cli configure --config-name');
}

function credentials(flags: ConnectionFlags, env: NodeJS.ProcessEnv, folder?: string): Pick<Settings, 'credentials' | 'awsProfile'> {
  const inEnvironment = Boolean(env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY);
  if (flags.ecsProfile === undefined && (flags.awsProfile !== undefined || inEnvironment)) {
    return { awsProfile: flags.awsProfile };
  }
  const stored = readCredentials(folder);
  const profile =
    flags.ecsProfile === undefined
      ? stored.ecs_profiles[stored.default]
      : requireName(flags.ecsProfile, stored.ecs_profiles, 'profile', 'ecs-cli configure profile --profile-name');
  return profile
    ? {
        credentials: {
          accessKeyId: profile.aws_access_key_id,
          secretAccessKey: profile.aws_secret_access_key,
          sessionToken: profile.aws_session_token,
        },
      }
    : {};
}

export function launchType(value: string | undefined): Settings['launchType'] {
  const upper = value?.toUpperCase();
  switch (upper) {
    case undefined:
    case '':
      return undefined;
    case 'EC2':
    case 'FARGATE':
    case 'EXTERNAL':
      return upper;
    default:
      throw new CliFailure('ECS_CLI_LAUNCH_TYPE', `"${value}" is not a launch type. EC2, FARGATE and EXTERNAL are.`);
  }
}
