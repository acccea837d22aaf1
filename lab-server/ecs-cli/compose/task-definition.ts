// A Compose file (or a task definition in JSON) together with ecs-params.yml as what RegisterTaskDefinition takes.
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput, Volume } from '@aws-sdk/client-ecs';
import * as z from 'zod';
import type { Settings } from '../config/settings.ts';
import { info, warn } from '../output.ts';
import { containerOf, DEFAULT_MEMORY } from './container.ts';
import type { EcsParams } from './ecs-params.ts';
import { composeSchema, composeV1Schema, IGNORED_FIELDS, type Service } from './schema.ts';
import { checkSource, sourceFailure, type Source } from './source.ts';
import { substitute } from './values.ts';

export type TaskDefinition = RegisterTaskDefinitionCommandInput;

export interface TaskOptions {
  family: string;
  params: EcsParams;
  taskRoleArn?: string;
  launchType?: Settings['launchType'];
  env: NodeJS.ProcessEnv;
}

/** A file with containerDefinitions is a task definition already. */
export function isTaskDefinition(source: Source): boolean {
  return typeof source.value === 'object' && source.value !== null && 'containerDefinitions' in source.value;
}

export function taskDefinitionOf(source: Source, options: TaskOptions): TaskDefinition {
  return isTaskDefinition(source) ? fromTaskDefinition(source, options) : fromCompose(source, options);
}

function fromCompose(source: Source, options: TaskOptions): TaskDefinition {
  const filled = { ...source, value: substitute(source.value, options.env) };
  const { services, base } = servicesOf(filled);
  const names = Object.keys(services);
  const task = taskFields(options);
  const params = options.params.task_definition?.services ?? {};
  const stranger = Object.keys(params).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    warn('ecs-params names a service that the Compose file does not have', { service: stranger });
  }
  if (names.length === 0) {
    throw sourceFailure(source, base, 'must have at least one service');
  }
  if (names.every((name) => params[name]?.essential === false)) {
    throw sourceFailure(source, base, 'at least one service must stay essential; ecs-params makes every one of them non-essential');
  }
  const volumes = new VolumeNames();
  const containerDefinitions = names.map((name): ContainerDefinition => {
    const service = services[name] as Service;
    for (const field of IGNORED_FIELDS.filter((candidate) => service[candidate] !== undefined)) {
      warn('Skipping unsupported YAML option for service...', { 'option name': field, 'service name': name });
    }
    return containerOf(name, service, params[name], {
      source,
      path: [...base, name],
      env: options.env,
      taskMemory: task.memory !== undefined,
      volume: (from) => volumes.nameOf(from),
    });
  });
  return { family: options.family, ...task, containerDefinitions, ...(volumes.all.length > 0 ? { volumes: volumes.all } : {}) };
}

function servicesOf(source: Source): { services: Record<string, Service>; base: string[] } {
  const value = source.value;
  const grouped = typeof value === 'object' && value !== null && ('services' in value || 'version' in value);
  return grouped && String((value as { version?: unknown }).version) !== '1'
    ? { services: checkSource(source, composeSchema).services, base: ['services'] }
    : { services: checkSource(withoutVersion(source), composeV1Schema), base: [] };
}

function withoutVersion(source: Source): Source {
  if (typeof source.value !== 'object' || source.value === null) {
    return source;
  }
  return { ...source, value: Object.fromEntries(Object.entries(source.value).filter(([name]) => name !== 'version')) };
}

const jsonSchema = z.looseObject({
  family: z.string('must be a string').optional(),
  containerDefinitions: z
    .array(
      z.looseObject(
        {
          name: z.string('must be the name of the container'),
          image: z.string('must name an image'),
          memory: z.number('must be a number of MiB').optional(),
          memoryReservation: z.number('must be a number of MiB').optional(),
        },
        'must be a map',
      ),
      'must be a list of containers',
    )
    .min(1, 'must have at least one container'),
  cpu: z.union([z.string(), z.number()], 'must be a string').transform(String).optional(),
  memory: z.union([z.string(), z.number()], 'must be a string').transform(String).optional(),
});

function fromTaskDefinition(source: Source, options: TaskOptions): TaskDefinition {
  warn(
    'This is a task definition, not a Compose file: the original ecs-cli would stop here (aws ecs register-task-definition --cli-input-json takes it). Registering it as it is.',
    {
      file: source.file,
    },
  );
  const given = checkSource(source, jsonSchema);
  const task = { ...given, ...taskFields(options) };
  const containerDefinitions = given.containerDefinitions.map((container) => {
    if (task.memory !== undefined || container.memory !== undefined || container.memoryReservation !== undefined) {
      return container;
    }
    info('ECS wants a memory limit, and the file has none: taking the one that Compose files get', {
      container: container.name,
      memory: DEFAULT_MEMORY,
    });
    return { ...container, memory: DEFAULT_MEMORY };
  });
  // The service checks the fields that this schema lets through, and names the wrong one.
  return { ...task, family: given.family ?? options.family, containerDefinitions } as TaskDefinition;
}

function taskFields({ params, taskRoleArn, launchType }: TaskOptions): Partial<TaskDefinition> {
  const task = params.task_definition;
  const role = taskRoleArn ?? task?.task_role_arn;
  return {
    ...(role === undefined ? {} : { taskRoleArn: role }),
    ...(task?.task_execution_role === undefined ? {} : { executionRoleArn: task.task_execution_role }),
    ...(task?.ecs_network_mode === undefined ? {} : { networkMode: task.ecs_network_mode }),
    ...(task?.task_size?.cpu_limit === undefined ? {} : { cpu: task.task_size.cpu_limit }),
    ...(task?.task_size?.mem_limit === undefined ? {} : { memory: task.task_size.mem_limit }),
    ...(task?.pid_mode === undefined ? {} : { pidMode: task.pid_mode }),
    ...(task?.ipc_mode === undefined ? {} : { ipcMode: task.ipc_mode }),
    ...(task?.placement_constraints === undefined ? {} : { placementConstraints: task.placement_constraints }),
    ...(launchType === undefined ? {} : { requiresCompatibilities: [launchType] }),
  };
}

/** The task's volumes: named ones once each, host paths and unnamed ones under names of their own. */
class VolumeNames {
  readonly all: Volume[] = [];
  readonly #byPath = new Map<string, string>();

  nameOf(from: string | undefined): string {
    const isPath = from !== undefined && /^[./~]/.test(from);
    if (from !== undefined && !isPath) {
      if (!this.all.some(({ name }) => name === from)) {
        this.all.push({ name: from });
      }
      return from;
    }
    const known = from === undefined ? undefined : this.#byPath.get(from);
    if (known !== undefined) {
      return known;
    }
    const name = `volume-${this.all.length}`;
    this.all.push(from === undefined ? { name } : { name, host: { sourcePath: from } });
    if (from !== undefined) {
      this.#byPath.set(from, name);
    }
    return name;
  }
}
