// Tasks as clients read and stop them.
import type * as sdk from '@aws-sdk/client-ecs';
import { pageOf } from '../../pages.ts';
import { arn, parseArn, scopeKey } from '../../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../../service.ts';
import { invalidParameter } from '../errors.ts';
import { tasksOf } from '../cluster-records.ts';
import { idOf, requireCluster } from '../names.ts';
import { ecsTables, type Cluster, type Task } from '../state.ts';
import { findTaskDefinition } from '../task-definitions.ts';
import { worldOf } from '../world.ts';
import { shownTask } from './record.ts';

const PAGE = 100;
const STATUSES = ['RUNNING', 'PENDING', 'STOPPED'];

/** The task that an id or ARN names in a cluster. */
export function findTask(reference: string, cluster: Cluster, call: Call): Task | undefined {
  const parsed = parseArn(reference);
  if (parsed && (parsed.service !== 'ecs' || !parsed.resource.startsWith('task/'))) {
    throw invalidParameter(
      `Invalid identifier: Identifier is for ${parsed.resource.split('/')[0] ?? ''}. Your identifier should be for task`,
    );
  }
  return ecsTables(call.tables).tasks.get(scopeKey(call, cluster.clusterName ?? '', idOf(reference)));
}

function describe(input: Timestamped<sdk.DescribeTasksRequest>, call: Call): Timestamped<Omit<sdk.DescribeTasksResponse, '$metadata'>> {
  const cluster = requireCluster(input.cluster, call);
  const references = input.tasks ?? [];
  if (references.length === 0) {
    throw invalidParameter('Tasks cannot be empty.');
  }
  if (references.length > PAGE) {
    throw invalidParameter(`tasks can have at most ${PAGE} items.`);
  }
  const tasks: Task[] = [];
  const failures: sdk.Failure[] = [];
  for (const reference of references) {
    const task = findTask(reference, cluster, call);
    if (task) {
      tasks.push(shownTask(task, input.include));
    } else {
      failures.push({ arn: arn('ecs', call, `task/${cluster.clusterName ?? ''}/${idOf(reference)}`), reason: 'MISSING' });
    }
  }
  return { tasks, failures };
}

function list(input: Timestamped<sdk.ListTasksRequest>, call: Call): Timestamped<Omit<sdk.ListTasksResponse, '$metadata'>> {
  const cluster = requireCluster(input.cluster, call);
  const wantedStatus = input.desiredStatus ?? 'RUNNING';
  if (!STATUSES.includes(wantedStatus)) {
    throw invalidParameter(`Invalid desiredStatus: ${wantedStatus}. Valid values: ${STATUSES.join(', ')}.`);
  }
  if (input.maxResults !== undefined && (input.maxResults < 1 || input.maxResults > PAGE)) {
    throw invalidParameter(`maxResults must be between 1 and ${PAGE}.`);
  }
  if (input.serviceName !== undefined && (input.startedBy !== undefined || input.family !== undefined)) {
    throw invalidParameter('serviceName can not be combined with family or startedBy.');
  }
  const service = input.serviceName === undefined ? undefined : `service:${idOf(input.serviceName)}`;
  const arns = tasksOf(cluster, call)
    .filter(
      (task) =>
        // ECS never sets a desired status of PENDING, so that filter finds nothing.
        task.desiredStatus === wantedStatus &&
        (service === undefined || task.group === service) &&
        (input.startedBy === undefined || task.startedBy === input.startedBy) &&
        (input.launchType === undefined || task.launchType === input.launchType) &&
        (input.containerInstance === undefined || idOf(task.containerInstanceArn ?? '') === idOf(input.containerInstance)) &&
        (input.family === undefined || findTaskDefinition(task.taskDefinitionArn ?? '', call)?.family === input.family),
    )
    .map((task) => task.taskArn ?? '');
  const page = pageOf(arns, input.nextToken, input.maxResults ?? PAGE);
  return { taskArns: page.items, nextToken: page.nextToken };
}

function stop(input: Timestamped<sdk.StopTaskRequest>, call: Call): { task: Task } {
  const cluster = requireCluster(input.cluster, call);
  const task = findTask(input.task ?? '', cluster, call);
  if (!task) {
    throw invalidParameter('The referenced task was not found.');
  }
  worldOf(call).stop(task.taskArn ?? '', { stopCode: 'UserInitiated', stoppedReason: input.reason ?? 'Task stopped by user' });
  return { task: shownTask(findTask(task.taskArn ?? '', cluster, call) ?? task) };
}

const onTask = (action: string) => (input: { task?: string; cluster?: string }, call: Call) => [
  {
    action: `ecs:${action}`,
    resource: parseArn(input.task ?? '')
      ? (input.task ?? '')
      : arn('ecs', call, `task/${idOf(input.cluster ?? 'default')}/${input.task ?? ''}`),
  },
];

export const taskOperations: Readonly<Record<string, Operation>> = {
  DescribeTasks: operation<sdk.DescribeTasksRequest, sdk.DescribeTasksResponse>({ handle: describe }),
  ListTasks: operation<sdk.ListTasksRequest, sdk.ListTasksResponse>({ handle: list }),
  StopTask: operation<sdk.StopTaskRequest, sdk.StopTaskResponse>({ authorize: onTask('StopTask'), handle: stop }),
};
