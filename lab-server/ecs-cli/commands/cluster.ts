// `ecs-cli up` and `down`: a cluster, and with CloudFormation what it runs on.
import { loadCloudFormation, loadEcs } from '../aws.ts';
import { parseTags } from '../compose/project.ts';
import { clusterOf, resolveSettings, type ConnectionFlags, type Settings } from '../config/settings.ts';
import { CliFailure, isServiceError } from '../failure.ts';
import { info } from '../output.ts';

export interface UpFlags extends ConnectionFlags {
  empty?: boolean;
  force?: boolean;
  tags?: string;
}

export async function up(flags: UpFlags): Promise<void> {
  const settings = resolveSettings(flags);
  const cluster = clusterOf(settings);
  if (!flags.empty) {
    await refuseStack(settings, cluster);
  }
  const { sdk, client } = await loadEcs(settings);
  const tags = parseTags(flags.tags);
  await client.send(new sdk.CreateClusterCommand({ clusterName: cluster, ...(tags.length > 0 ? { tags } : {}) }));
  info('Created cluster', { cluster, region: await client.config.region() });
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

/** Why there can be no stack: this program makes none yet, or the endpoint has no CloudFormation. */
async function refuseStack(settings: Settings, cluster: string): Promise<never> {
  const there = await stackExists(settings);
  const instead = `\`ecs-cli up --empty\` makes the cluster ${cluster} without instances; for Fargate tasks that is all it needs.`;
  throw new CliFailure(
    'ECS_CLI_NO_STACK',
    there === 'no-service'
      ? `This endpoint has no CloudFormation, and \`ecs-cli up\` makes networks and instances with it. ${instead}`
      : there === 'exists'
        ? `The stack ${settings.stackName} is there already, and this ecs-cli does not change stacks.`
        : `This ecs-cli does not make networks and instances yet. ${instead}`,
  );
}

async function deleteStack(settings: Settings): Promise<void> {
  if ((await stackExists(settings)) !== 'exists') {
    return;
  }
  const { sdk, client } = await loadCloudFormation(settings);
  await client.send(new sdk.DeleteStackCommand({ StackName: settings.stackName }));
  info('Waiting for your cluster resources to be deleted...', { stack: settings.stackName });
  await sdk.waitUntilStackDeleteComplete({ client, minDelay: 2, maxDelay: 30, maxWaitTime: 1800 }, { StackName: settings.stackName });
}

async function stackExists(settings: Settings): Promise<'exists' | 'absent' | 'no-service'> {
  const { sdk, client } = await loadCloudFormation(settings);
  try {
    await client.send(new sdk.DescribeStacksCommand({ StackName: settings.stackName }));
    return 'exists';
  } catch (error) {
    // AWS says ValidationError for a stack that is not there.
    if (isServiceError(error, 'ValidationError')) {
      return 'absent';
    }
    if (
      error instanceof Error &&
      '$metadata' in error &&
      !isServiceError(error, 'AccessDenied', 'AccessDeniedException', 'ExpiredToken', 'InvalidClientTokenId', 'SignatureDoesNotMatch')
    ) {
      return 'no-service';
    }
    throw error;
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
