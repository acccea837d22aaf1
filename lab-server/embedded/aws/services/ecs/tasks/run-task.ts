// RunTask and StartTask: what a request asks for, checked and started.
import type * as sdk from '@aws-sdk/client-ecs';
import { AwsError } from '../../../gateway/errors.ts';
import { scopeKey } from '../../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../../service.ts';
import { checkTags } from '../../tags.ts';
import { clientException, invalidParameter } from '../errors.ts';
import { place } from '../instances/placement.ts';
import { misfit, needsOf, remainingOf } from '../instances/resources.ts';
import { definitionsBy, instancesOf, tasksOf } from '../cluster-records.ts';
import { capacityFor, nextProvider } from '../launch-type.ts';
import { clusterArn, clusterName, idOf, requireCluster } from '../names.ts';
import { ecsTables, type Cluster, type Tag, type Task, type TaskDefinition } from '../state.ts';
import { findTaskDefinition } from '../task-definitions.ts';
import { worldOf } from '../world.ts';
import { checkNetwork } from './network-configuration.ts';
import { newTask, type NewTask, type Overrides } from './new-task.ts';
import { readTask, shownTask } from './record.ts';

type RunInput = Timestamped<sdk.RunTaskRequest>;
type StartInput = Timestamped<sdk.StartTaskRequest>;
type Answer = Timestamped<Omit<sdk.RunTaskResponse, '$metadata'>>;

const MAX_COUNT = 10;
const MAX_STARTED_BY = 128;
const TOKEN_LIFE_MS = 86_400_000;

/** The active revision that a request names. Throws ClientException. */
export function requireActiveDefinition(reference: string | undefined, call: Call): TaskDefinition {
  const definition = findTaskDefinition(reference ?? '', call);
  if (!definition) {
    throw clientException('TaskDefinition not found.');
  }
  if (definition.status !== 'ACTIVE') {
    throw clientException('TaskDefinition is inactive');
  }
  return definition;
}

function checkCommon(input: { startedBy?: string; tags?: Tag[]; overrides?: Overrides }, definition: TaskDefinition): void {
  checkTags(input.tags);
  if ((input.startedBy?.length ?? 0) > MAX_STARTED_BY) {
    throw invalidParameter('startedBy can not be longer than 128 characters.');
  }
  const names = definition.containerDefinitions?.map((container) => container.name);
  for (const { name } of input.overrides?.containerOverrides ?? []) {
    if (!names?.includes(name)) {
      throw invalidParameter(`Override for container named ${name ?? ''} is not a container in the TaskDefinition.`);
    }
  }
}

function tagsFor(input: { tags?: Tag[]; propagateTags?: string }, definition: TaskDefinition): Tag[] {
  const own = input.tags ?? [];
  const inherited = input.propagateTags === 'TASK_DEFINITION' ? (definition.tags ?? []) : [];
  return [...inherited.filter((tag) => !own.some((one) => one.key === tag.key)), ...own];
}

function run(input: RunInput, call: Call): Answer {
  const cluster = requireCluster(input.cluster, call);
  const definition = requireActiveDefinition(input.taskDefinition, call);
  const count = input.count ?? 1;
  if (count < 1 || count > MAX_COUNT) {
    throw invalidParameter(`count must be between 1 and ${MAX_COUNT}.`);
  }
  checkCommon(input, definition);
  const capacity = capacityFor(input, cluster, definition, call);
  checkNetwork(input.networkConfiguration, definition, call);
  const repeated = repeatedRequest(input, cluster, call);
  if (repeated) {
    return { tasks: repeated.map((task) => shownTask(task, ['TAGS'])), failures: [] };
  }
  const group = input.group ?? `family:${definition.family ?? ''}`;
  if (input.group?.startsWith('service:')) {
    throw invalidParameter('Invalid namespace for group.');
  }
  if (capacity.launchType === 'EC2' && instancesOf(cluster, call).length === 0) {
    throw invalidParameter('No Container Instances were found in your cluster.');
  }
  const tasks: Task[] = [];
  const failures: sdk.Failure[] = [];
  const byProvider = new Map<string, number>();
  for (let index = 0; index < count; index += 1) {
    const capacityProviderName = nextProvider(capacity.strategy, byProvider);
    const wanted: NewTask = {
      cluster,
      definition,
      launchType: capacity.launchType,
      ...(capacityProviderName ? { capacityProviderName } : {}),
      platformVersion: input.platformVersion,
      networkConfiguration: input.networkConfiguration,
      overrides: input.overrides,
      group,
      startedBy: input.startedBy,
      enableExecuteCommand: input.enableExecuteCommand,
      tags: tagsFor(input, definition),
    };
    if (capacity.launchType === 'EC2') {
      const placed = place({
        definition,
        instances: instancesOf(cluster, call),
        tasks: tasksOf(cluster, call),
        definitionOf: definitionsBy(call),
        constraints: input.placementConstraints ?? [],
        strategy: input.placementStrategy ?? [],
        group,
        ...(capacityProviderName ? { capacityProviderName } : {}),
      });
      if ('failures' in placed) {
        failures.push(...placed.failures);
        break;
      }
      wanted.instance = placed.instance;
    }
    byProvider.set(capacityProviderName ?? '', (byProvider.get(capacityProviderName ?? '') ?? 0) + 1);
    const task = newTask(wanted, call);
    worldOf(call).launch(task);
    tasks.push(task);
  }
  rememberRequest(input, cluster, tasks, call);
  return { tasks: tasks.map((task) => shownTask(task, ['TAGS'])), failures };
}

function start(input: StartInput, call: Call): Answer {
  const cluster = requireCluster(input.cluster, call);
  const definition = requireActiveDefinition(input.taskDefinition, call);
  const references = input.containerInstances ?? [];
  if (references.length < 1 || references.length > MAX_COUNT) {
    throw invalidParameter(`containerInstances must have between 1 and ${MAX_COUNT} items.`);
  }
  checkCommon(input, definition);
  if (!definition.compatibilities?.includes('EC2')) {
    throw invalidParameter('Task definition does not support launch_type EC2.');
  }
  checkNetwork(input.networkConfiguration, definition, call);
  const tasks: Task[] = [];
  const failures: sdk.Failure[] = [];
  for (const reference of references) {
    const instance = ecsTables(call.tables).containerInstances.get(scopeKey(call, cluster.clusterName ?? '', idOf(reference)));
    const reason = !instance
      ? 'MISSING'
      : instance.status !== 'ACTIVE'
        ? 'INACTIVE'
        : misfit(needsOf(definition), remainingOf(instance, tasksOf(cluster, call), definitionsBy(call)));
    if (!instance || reason) {
      failures.push({ arn: instance?.containerInstanceArn ?? reference, reason });
      continue;
    }
    const task = newTask(
      {
        cluster,
        definition,
        launchType: 'EC2',
        networkConfiguration: input.networkConfiguration,
        instance,
        overrides: input.overrides,
        group: input.group ?? `family:${definition.family ?? ''}`,
        startedBy: input.startedBy,
        enableExecuteCommand: input.enableExecuteCommand,
        tags: tagsFor(input, definition),
      },
      call,
    );
    worldOf(call).launch(task);
    tasks.push(task);
  }
  return { tasks: tasks.map((task) => shownTask(task, ['TAGS'])), failures };
}

/** The tasks of an earlier request with the same client token. Throws ConflictException when that one was another. */
function repeatedRequest(input: RunInput, cluster: Cluster, call: Call): Task[] | undefined {
  const key = scopeKey(call, cluster.clusterName ?? '', input.clientToken ?? '');
  const use = input.clientToken === undefined ? undefined : ecsTables(call.tables).clientTokens.get(key);
  if (!use || call.clock.now() - use.usedAt > TOKEN_LIFE_MS) {
    return undefined;
  }
  if (use.request !== JSON.stringify(input)) {
    throw new AwsError('ConflictException', 'The client token was used for a request with other parameters.', {
      fields: { resourceIds: use.taskArns },
    });
  }
  return use.taskArns.flatMap((taskArn) => readTask(call, taskArn) ?? []);
}

function rememberRequest(input: RunInput, cluster: Cluster, tasks: readonly Task[], call: Call): void {
  if (input.clientToken !== undefined && tasks.length > 0) {
    ecsTables(call.tables).clientTokens.put(scopeKey(call, cluster.clusterName ?? '', input.clientToken), {
      request: JSON.stringify(input),
      taskArns: tasks.map((task) => task.taskArn ?? ''),
      usedAt: call.clock.now(),
    });
  }
}

const onDefinition = (action: string) => (input: { taskDefinition?: string; cluster?: string }, call: Call) => [
  {
    action: `ecs:${action}`,
    resource: findTaskDefinition(input.taskDefinition ?? '', call)?.taskDefinitionArn ?? clusterArn(call, clusterName(input.cluster)),
  },
];

export const runTaskOperations: Readonly<Record<string, Operation>> = {
  RunTask: operation<sdk.RunTaskRequest, sdk.RunTaskResponse>({ authorize: onDefinition('RunTask'), handle: run }),
  StartTask: operation<sdk.StartTaskRequest, sdk.StartTaskResponse>({ authorize: onDefinition('StartTask'), handle: start }),
};
