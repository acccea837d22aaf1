// `ecs-cli compose`: a project's tasks, started by themselves and not by a service.
import type { Task } from '@aws-sdk/client-ecs';
import { loadEcs, type Ecs } from '../aws.ts';
import { openProject, type ComposeFlags, type Project } from '../compose/project.ts';
import { words } from '../compose/values.ts';
import { clusterOf } from '../config/settings.ts';
import { CliFailure } from '../failure.ts';
import { info } from '../output.ts';
import { afterSlash, containerName, tasksOf } from './containers.ts';
import { register } from './register.ts';

/** RunTask takes no more at once. */
const AT_ONCE = 10;
const WAIT = { minDelay: 1, maxDelay: 6, maxWaitTime: 600 };

export async function composeCreate(flags: ComposeFlags): Promise<void> {
  const project = openProject(flags);
  await register(await loadEcs(project.settings), project);
}

export async function composeUp(flags: ComposeFlags): Promise<void> {
  await bringUp(flags, true);
}

export async function composeStart(flags: ComposeFlags): Promise<void> {
  await bringUp(flags, false);
}

export async function composeStop(flags: ComposeFlags): Promise<void> {
  const { ecs, cluster, running } = await open(flags);
  await stop(ecs, cluster, running);
}

export async function composeScale(flags: ComposeFlags, count: number): Promise<void> {
  const { project, ecs, cluster, running } = await open(flags);
  if (running.length === count) {
    info('Found existing ECS tasks for project', { ProjectName: project.name, CountOfTasks: count });
  } else if (running.length > count) {
    await stop(ecs, cluster, running.slice(0, running.length - count));
  } else {
    const definition = running[0]?.taskDefinitionArn ?? (await register(ecs, project)).taskDefinitionArn;
    await run(ecs, cluster, project, definition, count - running.length);
  }
}

/** Runs the project once more, some containers with commands of their own: `run web "nginx -t"`. */
export async function composeRun(flags: ComposeFlags, overrides: readonly string[]): Promise<void> {
  if (overrides.length % 2 === 1) {
    throw new CliFailure('ECS_CLI_RUN', 'compose run takes pairs: the name of a container, and its command in quotes.');
  }
  const { project, ecs, cluster } = await open(flags);
  const containers = Array.from({ length: overrides.length / 2 }, (_, index) => ({
    name: overrides[index * 2],
    command: words(overrides[index * 2 + 1] ?? ''),
  }));
  const known = project.taskDefinition.containerDefinitions?.map(({ name }) => name) ?? [];
  const unknown = containers.find(({ name }) => !known.includes(name));
  if (unknown) {
    throw new CliFailure('ECS_CLI_RUN', `There is no container "${unknown.name}" in this project; it has ${known.join(', ')}.`);
  }
  const { taskDefinitionArn } = await register(ecs, project);
  await run(ecs, cluster, project, taskDefinitionArn, 1, containers);
}

async function bringUp(flags: ComposeFlags, update: boolean): Promise<void> {
  const { project, ecs, cluster, running } = await open(flags);
  const { taskDefinitionArn } = await register(ecs, project);
  if (running.length === 0) {
    await run(ecs, cluster, project, taskDefinitionArn, 1);
    return;
  }
  info('Found existing ECS tasks for project', { ProjectName: project.name, CountOfTasks: running.length });
  const outdated = running.filter((task) => task.taskDefinitionArn !== taskDefinitionArn || flags.forceUpdate);
  if (update && outdated.length > 0) {
    info('Updating to new task definition', { taskDefinition: afterSlash(taskDefinitionArn) });
    for (let from = 0; from < outdated.length; from += AT_ONCE) {
      const some = outdated.slice(from, from + AT_ONCE);
      await stop(ecs, cluster, some);
      await run(ecs, cluster, project, taskDefinitionArn, some.length);
    }
  }
}

interface Opened {
  project: Project;
  ecs: Ecs;
  cluster: string;
  running: Task[];
}

async function open(flags: ComposeFlags): Promise<Opened> {
  const project = openProject(flags);
  const cluster = clusterOf(project.settings);
  const ecs = await loadEcs(project.settings);
  const tasks = await tasksOf(ecs, cluster, { family: project.taskDefinition.family, desiredStatus: 'RUNNING' });
  // Those of a service are the service's to start and stop.
  return { project, ecs, cluster, running: tasks.filter(({ group }) => !group?.startsWith('service:')) };
}

async function run(
  { sdk, client }: Ecs,
  cluster: string,
  project: Project,
  taskDefinition: string | undefined,
  count: number,
  containerOverrides?: { name?: string; command: string[] }[],
): Promise<void> {
  const tasks: Task[] = [];
  const reasons: string[] = [];
  for (let left = count; left > 0; left -= AT_ONCE) {
    const answer = await client.send(
      new sdk.RunTaskCommand({
        cluster,
        taskDefinition,
        count: Math.min(left, AT_ONCE),
        startedBy: project.name.slice(0, 36),
        group: `ecs-cli-task-${project.name}`,
        launchType: project.settings.launchType,
        ...project.placement,
        ...(project.taskDefinition.tags ? { tags: project.taskDefinition.tags } : {}),
        ...(project.flags.tags && !project.flags.disableEcsManagedTags ? { enableECSManagedTags: true } : {}),
        ...(containerOverrides ? { overrides: { containerOverrides } } : {}),
      }),
    );
    tasks.push(...(answer.tasks ?? []));
    for (const { reason = 'unknown', detail } of answer.failures ?? []) {
      info("Couldn't run containers", { reason });
      reasons.push(detail ? `${reason} (${detail})` : reason);
    }
  }
  announce('Starting container...', tasks);
  if (tasks.length > 0) {
    const wanted = { cluster, tasks: tasks.map(({ taskArn }) => taskArn ?? '') };
    await sdk.waitUntilTasksRunning({ client, ...WAIT }, wanted).catch(async (error: unknown) => {
      const { tasks: described = [] } = await client.send(new sdk.DescribeTasksCommand(wanted));
      const stopped = described.find(({ lastStatus }) => lastStatus === 'STOPPED');
      if (!stopped) {
        throw error;
      }
      const why = stopped.stoppedReason ?? stopped.stopCode ?? 'no reason given';
      throw new CliFailure('ECS_CLI_TASK_STOPPED', `The task ${afterSlash(stopped.taskArn)} stopped: ${why}`, { cause: error });
    });
    await announceState({ sdk, client }, cluster, tasks, 'Started container...');
  }
  if (reasons.length > 0) {
    throw new CliFailure(
      'ECS_CLI_NOT_PLACED',
      `${reasons.length} of ${count} tasks could not be started: ${[...new Set(reasons)].join('; ')}`,
    );
  }
}

async function stop({ sdk, client }: Ecs, cluster: string, tasks: readonly Task[]): Promise<void> {
  if (tasks.length === 0) {
    return;
  }
  announce('Stopping container...', tasks);
  for (const { taskArn } of tasks) {
    await client.send(new sdk.StopTaskCommand({ cluster, task: taskArn, reason: 'Stopped by ecs-cli' }));
  }
  await sdk.waitUntilTasksStopped({ client, ...WAIT }, { cluster, tasks: tasks.map(({ taskArn }) => taskArn ?? '') });
  await announceState({ sdk, client }, cluster, tasks, 'Stopped container...');
}

function announce(message: string, tasks: readonly Task[]): void {
  for (const task of tasks) {
    for (const container of task.containers ?? []) {
      info(message, { container: containerName(task, container) });
    }
  }
}

async function announceState({ sdk, client }: Ecs, cluster: string, tasks: readonly Task[], message: string): Promise<void> {
  for (let from = 0; from < tasks.length; from += 100) {
    const arns = tasks.slice(from, from + 100).map(({ taskArn }) => taskArn ?? '');
    const { tasks: described = [] } = await client.send(new sdk.DescribeTasksCommand({ cluster, tasks: arns }));
    for (const task of described) {
      for (const container of task.containers ?? []) {
        info(message, {
          container: containerName(task, container),
          desiredStatus: task.desiredStatus,
          lastStatus: container.lastStatus,
          taskDefinition: afterSlash(task.taskDefinitionArn),
        });
      }
    }
  }
}
