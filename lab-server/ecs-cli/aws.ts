// The AWS SDK's clients, each loaded when a command first needs it: reading all of them would cost more than most commands take.
import type * as cloudFormation from '@aws-sdk/client-cloudformation';
import type * as logs from '@aws-sdk/client-cloudwatch-logs';
import type * as ec2 from '@aws-sdk/client-ec2';
import type * as ecr from '@aws-sdk/client-ecr';
import type * as ecs from '@aws-sdk/client-ecs';
import type * as ssm from '@aws-sdk/client-ssm';
import type { Settings } from './config/settings.ts';

/** A service's module together with a client for it. */
export interface Loaded<Module, Client> {
  sdk: Module;
  client: Client;
}

export type Ecs = Loaded<typeof ecs, ecs.ECSClient>;
export type Ec2 = Loaded<typeof ec2, ec2.EC2Client>;
export type Logs = Loaded<typeof logs, logs.CloudWatchLogsClient>;
export type CloudFormation = Loaded<typeof cloudFormation, cloudFormation.CloudFormationClient>;

export type Ecr = Loaded<typeof ecr, ecr.ECRClient>;

export async function loadEcs(settings: Settings): Promise<Ecs> {
  const sdk = await import('@aws-sdk/client-ecs');
  return { sdk, client: new sdk.ECSClient(clientOptions(settings)) };
}

export async function loadEc2(settings: Settings): Promise<Ec2> {
  const sdk = await import('@aws-sdk/client-ec2');
  return { sdk, client: new sdk.EC2Client(clientOptions(settings)) };
}

export async function loadLogs(settings: Settings): Promise<Logs> {
  const sdk = await import('@aws-sdk/client-cloudwatch-logs');
  return { sdk, client: new sdk.CloudWatchLogsClient(clientOptions(settings)) };
}

export async function loadCloudFormation(settings: Settings): Promise<CloudFormation> {
  const sdk = await import('@aws-sdk/client-cloudformation');
  return { sdk, client: new sdk.CloudFormationClient(clientOptions(settings)) };
}

export async function loadEcr(settings: Settings): Promise<Ecr> {
  const sdk = await import('@aws-sdk/client-ecr');
  return { sdk, client: new sdk.ECRClient(clientOptions(settings)) };
}

export async function loadSsm(settings: Settings): Promise<Loaded<typeof ssm, ssm.SSMClient>> {
  const sdk = await import('@aws-sdk/client-ssm');
  return { sdk, client: new sdk.SSMClient(clientOptions(settings)) };
}

/** Only what is known: the SDK looks up the rest (AWS_ENDPOINT_URL, ~/.aws/config, ~/.aws/credentials) by its own rules. */
function clientOptions({ endpoint, region, credentials, awsProfile }: Settings): {
  endpoint?: string;
  region?: string;
  credentials?: NonNullable<Settings['credentials']>;
  profile?: string;
} {
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(awsProfile === undefined ? {} : { profile: awsProfile }),
  };
}
