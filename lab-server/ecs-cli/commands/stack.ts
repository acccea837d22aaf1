// CloudFormation stacks of `ecs-cli up`, `scale` and `down`: made, changed and deleted, each until it is done.
import type { Parameter, StackResource } from '@aws-sdk/client-cloudformation';
import { loadCloudFormation, type CloudFormation } from '../aws.ts';
import type { Settings } from '../config/settings.ts';
import { CliFailure, isServiceError } from '../failure.ts';
import { info } from '../output.ts';

/** AWS is asked every few seconds, a simulation that answers in milliseconds more often at first. */
const WAITING = { minDelay: 1, maxDelay: 15, maxWaitTime: 3600 };
const NOT_ALLOWED = ['AccessDenied', 'AccessDeniedException', 'ExpiredToken', 'InvalidClientTokenId', 'SignatureDoesNotMatch'];

export type StackState = 'exists' | 'absent' | 'no-service';

export async function stackState(settings: Settings): Promise<StackState> {
  const { sdk, client } = await loadCloudFormation(settings);
  try {
    await client.send(new sdk.DescribeStacksCommand({ StackName: settings.stackName }));
    return 'exists';
  } catch (error) {
    // AWS says ValidationError for a stack that is not there.
    if (isServiceError(error, 'ValidationError')) {
      return 'absent';
    }
    if (error instanceof Error && '$metadata' in error && !isServiceError(error, ...NOT_ALLOWED)) {
      return 'no-service';
    }
    throw error;
  }
}

export interface NewStack {
  template: object;
  parameters: Parameter[];
  tags: { key: string; value: string }[];
}

export async function createStack(settings: Settings, { template, parameters, tags }: NewStack): Promise<StackResource[]> {
  const cloudFormation = await loadCloudFormation(settings);
  const { sdk, client } = cloudFormation;
  await client.send(
    new sdk.CreateStackCommand({
      StackName: settings.stackName,
      TemplateBody: JSON.stringify(template),
      Parameters: parameters,
      Capabilities: ['CAPABILITY_IAM'],
      ...(tags.length > 0 ? { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) } : {}),
    }),
  );
  info('Waiting for your cluster resources to be created...', { stack: settings.stackName });
  await finished(cloudFormation, settings, 'created', () =>
    sdk.waitUntilStackCreateComplete({ client, ...WAITING }, { StackName: settings.stackName }),
  );
  const { StackResources = [] } = await client.send(new sdk.DescribeStackResourcesCommand({ StackName: settings.stackName }));
  return StackResources;
}

/** Changes parameters and keeps the template. */
export async function updateStack(settings: Settings, parameters: Parameter[]): Promise<void> {
  const cloudFormation = await loadCloudFormation(settings);
  const { sdk, client } = cloudFormation;
  try {
    await client.send(
      new sdk.UpdateStackCommand({
        StackName: settings.stackName,
        UsePreviousTemplate: true,
        Parameters: parameters,
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
  } catch (error) {
    if (error instanceof Error && /No updates are to be performed/.test(error.message)) {
      return;
    }
    throw error;
  }
  info('Waiting for your cluster resources to be updated...', { stack: settings.stackName });
  await finished(cloudFormation, settings, 'updated', () =>
    sdk.waitUntilStackUpdateComplete({ client, ...WAITING }, { StackName: settings.stackName }),
  );
}

/** Deletes the stack where there is one. */
export async function deleteStack(settings: Settings): Promise<void> {
  if ((await stackState(settings)) !== 'exists') {
    return;
  }
  const cloudFormation = await loadCloudFormation(settings);
  const { sdk, client } = cloudFormation;
  await client.send(new sdk.DeleteStackCommand({ StackName: settings.stackName }));
  info('Waiting for your cluster resources to be deleted...', { stack: settings.stackName });
  await finished(cloudFormation, settings, 'deleted', () =>
    sdk.waitUntilStackDeleteComplete({ client, ...WAITING }, { StackName: settings.stackName }),
  );
}

async function finished(cloudFormation: CloudFormation, settings: Settings, done: string, wait: () => Promise<unknown>): Promise<void> {
  try {
    await wait();
  } catch (error) {
    const reason = await firstFailure(cloudFormation, settings);
    if (reason === undefined) {
      throw error;
    }
    throw new CliFailure('ECS_CLI_STACK_FAILED', `The stack ${settings.stackName} was not ${done}: ${reason}`, { cause: error });
  }
}

/** What went wrong first: everything after it is a consequence. */
async function firstFailure({ sdk, client }: CloudFormation, settings: Settings): Promise<string | undefined> {
  const { StackEvents = [] } = await client.send(new sdk.DescribeStackEventsCommand({ StackName: settings.stackName }));
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED')).at(-1);
  return failed && `${failed.LogicalResourceId}: ${failed.ResourceStatusReason ?? failed.ResourceStatus}`;
}
