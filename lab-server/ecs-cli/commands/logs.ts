// `ecs-cli logs`: what a task's containers wrote to CloudWatch Logs with the awslogs driver.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDefinition, Task } from '@aws-sdk/client-ecs';
import { loadEcs, loadLogs, type Ecs, type Logs } from '../aws.ts';
import { clusterOf, resolveSettings, type ConnectionFlags, type Settings } from '../config/settings.ts';
import { CliFailure, isServiceError } from '../failure.ts';
import { print } from '../output.ts';

export interface LogsFlags extends ConnectionFlags {
  taskId?: string;
  taskDef?: string;
  follow?: boolean;
  filterPattern?: string;
  containerName?: string;
  since?: string;
  startTime?: string;
  endTime?: string;
  timestamps?: boolean;
}

const FOLLOW_EVERY = 2000;

/** Lines of one region's group, by the names of the streams. */
interface Streams {
  group: string;
  region?: string;
  names: string[];
}

export async function logs(flags: LogsFlags): Promise<void> {
  if (flags.taskId === undefined) {
    throw new CliFailure('ECS_CLI_FLAG_MISSING', '--task-id is missing: `ecs-cli ps` shows it between the slashes of Name.');
  }
  const window = timeWindow(flags, Date.now());
  const settings = resolveSettings(flags);
  const found = await streamsOf(await loadEcs(settings), settings, flags, flags.taskId);
  const readers = await Promise.all(
    found.map(async (streams) => ({ streams, service: await loadLogs({ ...settings, region: streams.region ?? settings.region }) })),
  );
  const seen = new Set<string>();
  for (;;) {
    for (const { service, streams } of readers) {
      await printEvents(service, streams, flags, window, seen);
    }
    if (!flags.follow) {
      return;
    }
    // CloudWatch Logs is asked again and again: it tells of new lines in no other way that every endpoint has.
    await sleep(FOLLOW_EVERY);
  }
}

async function printEvents({ sdk, client }: Logs, streams: Streams, flags: LogsFlags, window: Window, seen: Set<string>): Promise<void> {
  const input = {
    logGroupName: streams.group,
    logStreamNames: streams.names,
    startTime: window.from,
    endTime: window.to,
    filterPattern: flags.filterPattern,
  };
  try {
    for await (const { events = [] } of sdk.paginateFilterLogEvents({ client }, input)) {
      for (const event of events.filter(({ eventId }) => eventId === undefined || !seen.has(eventId))) {
        seen.add(event.eventId ?? '');
        print(flags.timestamps ? `${new Date(event.timestamp ?? 0).toISOString()}\t${event.message ?? ''}` : (event.message ?? ''));
      }
    }
  } catch (error) {
    if (!isServiceError(error, 'ResourceNotFoundException')) {
      throw error;
    }
    if (!flags.follow) {
      throw new CliFailure(
        'ECS_CLI_NO_LOGS',
        `The log group ${streams.group} has no stream of this task: nothing was written yet, or the group is gone.`,
        {
          cause: error,
        },
      );
    }
  }
}

async function streamsOf(ecs: Ecs, settings: Settings, flags: LogsFlags, taskId: string): Promise<Streams[]> {
  const definition = flags.taskDef ?? (await taskOf(ecs, settings, taskId)).taskDefinitionArn;
  const { taskDefinition } = await ecs.client.send(new ecs.sdk.DescribeTaskDefinitionCommand({ taskDefinition: definition }));
  const all = taskDefinition?.containerDefinitions ?? [];
  const chosen = all.filter(({ name }) => flags.containerName === undefined || name === flags.containerName);
  if (chosen.length === 0) {
    throw new CliFailure(
      'ECS_CLI_NO_CONTAINER',
      `There is no container "${flags.containerName}" in the task; it has ${all.map(({ name }) => name).join(', ')}.`,
    );
  }
  const streams = new Map<string, Streams>();
  for (const container of chosen) {
    const stream = streamOf(container, taskId);
    if (stream) {
      const key = `${stream.region ?? ''} ${stream.group}`;
      streams.set(key, { ...stream, names: [...(streams.get(key)?.names ?? []), stream.name] });
    }
  }
  if (streams.size === 0) {
    throw new CliFailure(
      'ECS_CLI_NO_LOGS',
      'No container of the task writes to CloudWatch Logs where a task can be told apart: logging needs the driver awslogs, with awslogs-group and awslogs-stream-prefix.',
    );
  }
  return [...streams.values()];
}

function streamOf(
  { name, logConfiguration }: ContainerDefinition,
  taskId: string,
): { group: string; region?: string; name: string } | undefined {
  const options = logConfiguration?.logDriver === 'awslogs' ? logConfiguration.options : undefined;
  const group = options?.['awslogs-group'];
  const prefix = options?.['awslogs-stream-prefix'];
  return group && prefix
    ? { group, region: options?.['awslogs-region'], name: `${prefix}/${name}/${taskId.split('/').at(-1)}` }
    : undefined;
}

async function taskOf({ sdk, client }: Ecs, settings: Settings, taskId: string): Promise<Task> {
  const cluster = clusterOf(settings);
  const { tasks = [] } = await client.send(new sdk.DescribeTasksCommand({ cluster, tasks: [taskId.split('/').at(-1) ?? taskId] }));
  const [task] = tasks;
  if (!task) {
    throw new CliFailure(
      'ECS_CLI_NO_TASK',
      `There is no task ${taskId} in the cluster ${cluster}. For one that is long gone, --task-def says where its logs are.`,
    );
  }
  return task;
}

export interface Window {
  from?: number;
  to?: number;
}

/** The span that the flags name: --since in minutes, or --start-time and --end-time. */
export function timeWindow({ since, startTime, endTime, follow }: LogsFlags, now: number): Window {
  if (since !== undefined && Number(since) !== 0 && startTime !== undefined) {
    throw new CliFailure('ECS_CLI_TIME', '--since and --start-time say the same thing: give one of them.');
  }
  if (follow && endTime !== undefined) {
    throw new CliFailure('ECS_CLI_TIME', '--follow has no end: leave --end-time out.');
  }
  const minutes = Number(since ?? 0);
  if (!Number.isFinite(minutes) || minutes < 0) {
    throw new CliFailure('ECS_CLI_TIME', `--since takes a number of minutes, and got "${since}".`);
  }
  return {
    from: minutes > 0 ? now - minutes * 60_000 : instant(startTime, '--start-time'),
    to: instant(endTime, '--end-time'),
  };
}

function instant(text: string | undefined, flag: string): number | undefined {
  const value = text === undefined ? undefined : Date.parse(text);
  if (value !== undefined && Number.isNaN(value)) {
    throw new CliFailure('ECS_CLI_TIME', `${flag} takes a time such as 2026-11-25T08:30:00+01:00, and got "${text}".`);
  }
  return value;
}
