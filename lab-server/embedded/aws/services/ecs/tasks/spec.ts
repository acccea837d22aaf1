// What a container of a task is for the runtime: image, command, environment, limits and mounts, with the task's overrides applied.
import type { IFileSystem } from 'just-bash';
import type { ContainerSpec, Image, NetworkEndpoint } from '../../../../runtime/runtime.ts';
import { cpuUnits, memoryMiB } from '../fargate-sizes.ts';
import type { ContainerDefinition, Task, TaskDefinition } from '../state.ts';
import { idOfTask, scopeOf } from './record.ts';

const MIB = 1024 * 1024;

export interface SpecParts {
  task: Task;
  definition: TaskDefinition;
  container: ContainerDefinition;
  image: Image;
  secrets: Readonly<Record<string, string>>;
  endpoint: NetworkEndpoint;
  /** Files of the task's volumes, by volume name. */
  volumes: ReadonlyMap<string, IFileSystem>;
}

export function overrideOf(
  task: Task,
  name: string | undefined,
): NonNullable<NonNullable<Task['overrides']>['containerOverrides']>[number] {
  return task.overrides?.containerOverrides?.find((one) => one.name === name) ?? {};
}

export function specOf(parts: SpecParts): ContainerSpec {
  const { task, container, image, endpoint } = parts;
  const override = overrideOf(task, container.name);
  const command = given(override.command) ?? given(container.command);
  return {
    name: container.name ?? '',
    image,
    ...(given(container.entryPoint) ? { entrypoint: container.entryPoint } : {}),
    ...(command ? { command } : {}),
    env: environmentOf(parts),
    ...(container.workingDirectory ? { workingDir: container.workingDirectory } : {}),
    ...(container.user ? { user: container.user } : {}),
    mounts: (container.mountPoints ?? []).flatMap(({ sourceVolume = '', containerPath = '', readOnly }) => {
      const files = parts.volumes.get(sourceVolume);
      return files ? [{ path: containerPath, files, sourcePath: '/', readOnly: readOnly ?? false }] : [];
    }),
    ports: portsOf(parts),
    endpoint,
    hostname: container.hostname ?? hostnameOf(task, endpoint),
    limits: limitsOf(parts),
    tty: container.pseudoTerminal ?? false,
    stdin: container.interactive ?? false,
    readOnlyRootFilesystem: container.readonlyRootFilesystem ?? false,
  };
}

/** With one address for the whole task, the ports of all its containers. */
function portsOf({ definition, container }: SpecParts): number[] {
  const isShared = definition.networkMode === 'awsvpc' || definition.networkMode === 'host';
  const containers = isShared ? (definition.containerDefinitions ?? []) : [container];
  return containers.flatMap((one) => (one.portMappings ?? []).flatMap(({ containerPort }) => containerPort ?? []));
}

function given<T>(list: T[] | undefined): T[] | undefined {
  return list?.length ? list : undefined;
}

function environmentOf({ task, container, secrets }: SpecParts): Record<string, string> {
  const { region } = scopeOf(task.taskArn ?? '');
  const pairs = [...(container.environment ?? []), ...(overrideOf(task, container.name).environment ?? [])];
  return {
    AWS_EXECUTION_ENV: task.launchType === 'FARGATE' ? 'AWS_ECS_FARGATE' : 'AWS_ECS_EC2',
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    ECS_CONTAINER_METADATA_URI_V4: `http://169.254.170.2/v4/${idOfTask(task)}`,
    ...Object.fromEntries(pairs.map(({ name = '', value = '' }) => [name, value])),
    ...secrets,
  };
}

function hostnameOf(task: Task, endpoint: NetworkEndpoint): string {
  const { region } = scopeOf(task.taskArn ?? '');
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${endpoint.address.replaceAll('.', '-')}.${domain}`;
}

/** A container may use what it was given, else all that the task has. */
function limitsOf({ task, container }: SpecParts): { cpuMillicores?: number; memoryBytes?: number } {
  const override = overrideOf(task, container.name);
  const memory = override.memory ?? container.memory ?? memoryMiB(task.memory ?? '');
  const cpu = cpuUnits(task.cpu ?? '');
  return {
    ...(memory ? { memoryBytes: memory * MIB } : {}),
    ...(cpu ? { cpuMillicores: Math.round((cpu * 1000) / 1024) } : {}),
  };
}
