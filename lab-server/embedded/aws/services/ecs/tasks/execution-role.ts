// As whom ECS acts for a task before it runs: the execution role pulls from ECR, reads secrets and opens log streams.
import { AwsError } from '../../../gateway/errors.ts';
import { assumeForService, requireAllowed } from '../../iam/service-roles.ts';
import { ecrReference, pullFromEcr } from '../../ecr/pull.ts';
import type { AwsContext, Principal } from '../../service.ts';
import type { ContainerDefinition, Task, TaskDefinition } from '../state.ts';
import { TaskFailure } from './failure.ts';
import { idOfTask, scopeOf } from './record.ts';

const TASKS = 'ecs-tasks.amazonaws.com';

/**
 * The session of the task's execution role. Without one, the agent of an instance acts with the instance's own rights; Fargate has none then.
 * Throws TaskFailure when the role cannot be assumed.
 */
export function executionPrincipal(task: Task, definition: TaskDefinition, context: AwsContext): Principal | undefined {
  const roleArn = task.overrides?.executionRoleArn ?? definition.executionRoleArn;
  if (roleArn === undefined) {
    return task.launchType === 'FARGATE' ? undefined : servicePrincipal(task);
  }
  try {
    return assumeForService(roleArn, TASKS, idOfTask(task), context);
  } catch (error) {
    throw new TaskFailure(
      `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
      { cause: error },
    );
  }
}

function servicePrincipal(task: Task): Principal {
  const { account } = scopeOf(task.taskArn ?? '');
  const arn = `arn:aws:iam::${account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`;
  return { account, arn, userId: 'AROAECSTASK:ecs', accessKeyId: '', isRoot: true };
}

const NO_AUTH = 'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ';

/** The image to run for a container: its own, or what ECR gives for it. Throws TaskFailure or ImagePullError. */
export function imageFor(container: ContainerDefinition, task: Task, definition: TaskDefinition, context: AwsContext): string {
  const image = container.image ?? '';
  const reference = ecrReference(image);
  if (!reference) {
    return image;
  }
  const principal = executionPrincipal(task, definition, context);
  if (!principal) {
    throw new TaskFailure(`${NO_AUTH}unable to get registry auth from ecr: there is no execution role for the task`);
  }
  try {
    return pullFromEcr(image, reference, principal, context).source;
  } catch (error) {
    if (error instanceof AwsError) {
      throw new TaskFailure(
        `${NO_AUTH}unable to retrieve ecr registry auth: service call has been retried 1 time(s): ${error.code}: ${error.message}`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** Throws TaskFailure unless the task may write to its log stream. */
export function checkLogAccess(
  container: ContainerDefinition,
  stream: { group: string; stream: string },
  task: Task,
  definition: TaskDefinition,
  context: AwsContext,
): void {
  const principal = executionPrincipal(task, definition, context);
  if (!principal) {
    return;
  }
  const scope = scopeOf(task.taskArn ?? '');
  const region = container.logConfiguration?.options?.['awslogs-region'] ?? scope.region;
  const resource = `arn:aws:logs:${region}:${scope.account}:log-group:${stream.group}:log-stream:${stream.stream}`;
  try {
    requireAllowed(principal, 'logs:CreateLogStream', resource, context, region);
  } catch (error) {
    const said = error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
    throw new TaskFailure(
      `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ${said} : exit status 1`,
      { cause: error },
    );
  }
}
