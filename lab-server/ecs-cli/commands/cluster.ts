// `ecs-cli up`, `scale` and `down`: a cluster, and with CloudFormation what it runs on.
import type { StackResource } from '@aws-sdk/client-cloudformation';
import { loadEcs, loadSsm, type Ecs } from '../aws.ts';
import { parseTags } from '../compose/project.ts';
import { clusterOf, resolveSettings, type ConnectionFlags, type Settings } from '../config/settings.ts';
import { CliFailure, isServiceError } from '../failure.ts';
import { info, print, warn } from '../output.ts';
import { createStack, deleteStack, stackState, updateStack } from './stack.ts';
import { SIZE_PARAMETER, stackTemplate, type StackPlan } from './stack-template.ts';
import { userDataOf } from './user-data.ts';

export interface UpFlags extends ConnectionFlags {
  empty?: boolean;
  force?: boolean;
  tags?: string;
  capabilityIam?: boolean;
  instanceRole?: string;
  keypair?: string;
  instanceType?: string;
  spotPrice?: string;
  imageId?: string;
  /** False with --no-associate-public-ip-address. */
  associatePublicIpAddress?: boolean;
  size?: string;
  azs?: string;
  securityGroup?: string;
  cidr?: string;
  port?: string;
  subnets?: string;
  vpc?: string;
  extraUserData?: string[];
  imdsv2?: boolean;
}

const IMAGE_PARAMETER = '/aws/service/ecs/optimized-ami/amazon-linux-2023';
const DEFAULT_INSTANCE_TYPE = 't3.medium';

export async function up(flags: UpFlags): Promise<void> {
  const settings = resolveSettings(flags);
  const cluster = clusterOf(settings);
  const tags = parseTags(flags.tags);
  if (flags.empty) {
    await createCluster(await loadEcs(settings), cluster, tags);
    return;
  }
  const plan = planOf(flags, settings, cluster);
  if (plan.launchType === 'EC2' && !flags.capabilityIam && flags.instanceRole === undefined) {
    warn('The original ecs-cli wants --capability-iam here, since `up` makes a role for the instances, and would stop.');
  }
  await clearTheWay(settings, cluster, flags.force === true);
  await createCluster(await loadEcs(settings), cluster, tags);
  const imageId = plan.launchType === 'EC2' ? (flags.imageId ?? (await newestImage(settings, plan.instanceType))) : '';
  const made = await createStack(settings, {
    template: stackTemplate({ ...plan, imageId }),
    parameters: plan.launchType === 'EC2' ? [{ ParameterKey: SIZE_PARAMETER, ParameterValue: String(plan.size) }] : [],
    tags,
  });
  tellResources(made);
  print('Cluster creation succeeded.');
}

/** Changes how many instances the cluster's group has. */
export async function scale(flags: UpFlags): Promise<void> {
  const settings = resolveSettings(flags);
  const cluster = clusterOf(settings);
  if (flags.size === undefined) {
    throw new CliFailure('ECS_CLI_FLAG_MISSING', 'scale needs --size, the number of instances.');
  }
  const size = sizeOf(flags.size);
  if ((await stackState(settings)) !== 'exists') {
    throw new CliFailure(
      'ECS_CLI_NO_STACK',
      `There is no stack ${settings.stackName}: \`ecs-cli scale\` changes the instances that \`ecs-cli up\` made for the cluster ${cluster}.`,
    );
  }
  await updateStack(settings, [{ ParameterKey: SIZE_PARAMETER, ParameterValue: String(size) }]);
  info('Scaled the cluster', { cluster, size });
}

/** Deletes the cluster. Its instances must be gone; what CloudFormation made goes with the stack. */
export async function down(flags: ConnectionFlags & { force?: boolean }): Promise<void> {
  const settings = resolveSettings(flags);
  const cluster = clusterOf(settings);
  if (!flags.force) {
    await confirm(cluster);
  }
  const { sdk, client } = await loadEcs(settings);
  await deleteStack(settings);
  try {
    await client.send(new sdk.DeleteClusterCommand({ cluster }));
  } catch (error) {
    if (isServiceError(error, 'ClusterContainsContainerInstancesException')) {
      throw new CliFailure(
        'ECS_CLI_CLUSTER_IN_USE',
        `The cluster ${cluster} still has instances that ecs-cli did not make. Deregister them first (aws ecs deregister-container-instance --cluster ${cluster} --force --container-instance …).`,
        { cause: error },
      );
    }
    throw error;
  }
  info('Deleted cluster', { cluster });
}

function planOf(flags: UpFlags, settings: Settings, cluster: string): Omit<StackPlan, 'imageId'> {
  const launchType = settings.launchType ?? 'EC2';
  const list = (text: string | undefined): string[] | undefined => text?.split(',').map((one) => one.trim());
  const subnets = list(flags.subnets);
  if ((flags.vpc === undefined) !== (subnets === undefined)) {
    throw new CliFailure('ECS_CLI_FLAG_MISSING', '--vpc and --subnets go together: the subnets are those of the VPC.');
  }
  if (flags.vpc !== undefined && flags.azs !== undefined) {
    throw new CliFailure('ECS_CLI_FLAGS_CONFLICT', '--azs is for subnets that are made, and with --vpc none is made.');
  }
  const zones = list(flags.azs);
  if (zones !== undefined && zones.length !== 2) {
    throw new CliFailure('ECS_CLI_ZONES', `--azs takes two availability zones with a comma between them, and got "${flags.azs}".`);
  }
  const port = Number(flags.port ?? '80');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CliFailure('ECS_CLI_NUMBER', `--port takes a port, and got "${flags.port}".`);
  }
  return {
    cluster,
    launchType,
    ...(flags.vpc !== undefined && subnets ? { network: { vpc: flags.vpc, subnets } } : {}),
    ...(zones ? { zones } : {}),
    ...(flags.securityGroup === undefined ? {} : { securityGroups: list(flags.securityGroup) }),
    source: { cidr: flags.cidr ?? '0.0.0.0/0', port },
    associatePublicIp: flags.associatePublicIpAddress !== false,
    instanceType: flags.instanceType ?? DEFAULT_INSTANCE_TYPE,
    ...(flags.instanceRole === undefined ? {} : { instanceRole: flags.instanceRole }),
    ...(flags.keypair === undefined ? {} : { keyPair: flags.keypair }),
    ...(flags.spotPrice === undefined ? {} : { spotPrice: flags.spotPrice }),
    size: sizeOf(flags.size ?? '1'),
    userData: userDataOf(cluster, flags.extraUserData ?? []),
    requireImdsv2: flags.imdsv2 === true,
  };
}

function sizeOf(text: string): number {
  if (!/^\d{1,4}$/.test(text)) {
    throw new CliFailure('ECS_CLI_NUMBER', `--size takes a number of instances, and got "${text}".`);
  }
  return Number(text);
}

/** A stack that is there is in the way, unless it may be replaced; without CloudFormation there can be none. */
async function clearTheWay(settings: Settings, cluster: string, isForced: boolean): Promise<void> {
  const state = await stackState(settings);
  if (state === 'no-service') {
    throw new CliFailure(
      'ECS_CLI_NO_STACK',
      `This endpoint has no CloudFormation, and \`ecs-cli up\` makes networks and instances with it. \`ecs-cli up --empty\` makes the cluster ${cluster} without instances; for Fargate tasks that is all it needs.`,
    );
  }
  if (state === 'exists' && !isForced) {
    throw new CliFailure(
      'ECS_CLI_STACK_EXISTS',
      `The stack ${settings.stackName} of the cluster ${cluster} is there already. \`ecs-cli up --force\` deletes what it holds and makes it anew; \`ecs-cli scale --size N\` changes its instances.`,
    );
  }
  await deleteStack(settings);
}

async function createCluster({ sdk, client }: Ecs, cluster: string, tags: { key: string; value: string }[]): Promise<void> {
  await client.send(new sdk.CreateClusterCommand({ clusterName: cluster, ...(tags.length > 0 ? { tags } : {}) }));
  info('Created cluster', { cluster, region: await client.config.region() });
}

/** The newest image of Amazon Linux that has the ECS agent, for the processor of the instance type. */
async function newestImage(settings: Settings, instanceType: string): Promise<string> {
  const { sdk, client } = await loadSsm(settings);
  // The letter g after a generation's number is AWS's own processor: m7g, c8gn, t4g.
  const variant = /^[a-z]+\d+g[a-z]*\./.test(instanceType) ? `${IMAGE_PARAMETER}/arm64` : IMAGE_PARAMETER;
  const { Parameter } = await client.send(new sdk.GetParameterCommand({ Name: `${variant}/recommended/image_id` }));
  if (!Parameter?.Value) {
    throw new CliFailure('ECS_CLI_ANSWER', `AWS named no image under ${variant}/recommended/image_id. Name one with --image-id.`);
  }
  return Parameter.Value;
}

function tellResources(made: readonly StackResource[]): void {
  const shown = [
    ['AWS::EC2::VPC', 'VPC'],
    ['AWS::EC2::SecurityGroup', 'Security Group'],
    ['AWS::EC2::Subnet', 'Subnet'],
  ] as const;
  for (const [type, name] of shown) {
    for (const { PhysicalResourceId } of made.filter(({ ResourceType }) => ResourceType === type)) {
      print(`${name} created: ${PhysicalResourceId}`);
    }
  }
}

async function confirm(cluster: string): Promise<void> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`Delete the cluster ${cluster} and what ecs-cli made for it? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) {
      throw new CliFailure('ECS_CLI_NOT_CONFIRMED', 'Nothing was deleted. (--force does not ask.)');
    }
  } finally {
    lines.close();
  }
}
