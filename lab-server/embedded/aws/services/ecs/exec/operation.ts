// ExecuteCommand: a session in a running container, or ECS's words for why there is none.
import type * as sdk from '@aws-sdk/client-ecs';
import { AwsError } from '../../../gateway/errors.ts';
import { arn, parseArn } from '../../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../../service.ts';
import { invalidParameter } from '../errors.ts';
import { idOf, requireCluster } from '../names.ts';
import { findTask } from '../tasks/operations.ts';
import { worldOf } from '../world.ts';
import { commandWords } from './command-words.ts';
import { CHANNEL_PATH } from './sessions.ts';

const NOT_ENABLED =
  'The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.';

function execute(input: Timestamped<sdk.ExecuteCommandRequest>, call: Call): Timestamped<Omit<sdk.ExecuteCommandResponse, '$metadata'>> {
  const cluster = requireCluster(input.cluster, call);
  const task = findTask(input.task ?? '', cluster, call);
  if (!task) {
    throw invalidParameter('The referenced task was not found.');
  }
  if (!input.interactive) {
    throw invalidParameter('Interactive is the only mode supported currently.');
  }
  if (!task.enableExecuteCommand || task.lastStatus !== 'RUNNING') {
    throw invalidParameter(NOT_ENABLED);
  }
  const containers = task.containers ?? [];
  if (input.container === undefined && containers.length > 1) {
    throw invalidParameter('The container name must be specified because the task has more than one container.');
  }
  const container = input.container === undefined ? containers[0] : containers.find((one) => one.name === input.container);
  if (!container) {
    throw invalidParameter(`The container ${input.container ?? ''} does not exist in the task.`);
  }
  const running = worldOf(call).container(task.taskArn ?? '', container.name ?? '');
  if (running?.state !== 'running') {
    throw new AwsError('TargetNotConnectedException', 'The execute command failed due to an internal error. Try again later.');
  }
  const session = worldOf(call).sessions.create(running, commandWords(input.command ?? ''));
  return {
    clusterArn: cluster.clusterArn,
    containerArn: container.containerArn,
    containerName: container.name,
    interactive: true,
    session: {
      sessionId: session.sessionId,
      streamUrl: `${originOf(call)}${CHANNEL_PATH}${session.sessionId}?role=publish_subscribe`,
      tokenValue: session.token,
    },
    taskArn: task.taskArn,
  };
}

/** Where the client can reach the channel: the endpoint as it was called, or AWS's host name for channels where that is how it was called. */
function originOf({ host, region }: Call): string {
  return host === undefined || /\.(amazonaws\.com(\.cn)?|api\.aws)(:\d+)?$/.test(host)
    ? `wss://ssmmessages.${region}.amazonaws.com`
    : `ws://${host}`;
}

export const execOperations: Readonly<Record<string, Operation>> = {
  ExecuteCommand: operation<sdk.ExecuteCommandRequest, sdk.ExecuteCommandResponse>({
    authorize: (input, call) => [
      {
        action: 'ecs:ExecuteCommand',
        resource: parseArn(input.task ?? '')
          ? (input.task ?? '')
          : arn('ecs', call, `task/${idOf(input.cluster ?? 'default')}/${input.task ?? ''}`),
      },
    ],
    handle: execute,
  }),
};
