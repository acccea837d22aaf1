// One service of a Compose file as a container definition.
import type { ContainerDefinition, MountPoint, PortMapping } from '@aws-sdk/client-ecs';
import { dirname, resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import type { EcsParams } from './ecs-params.ts';
import type { Service } from './schema.ts';
import { sourceFailure, type Source } from './source.ts';
import { mebibytes, pairs, ports, seconds, words } from './values.ts';

type ServiceParams = NonNullable<NonNullable<EcsParams['task_definition']>['services']>[string];

/** Memory of a container for which neither file says any: ECS wants a figure, Docker does not. */
export const DEFAULT_MEMORY = 512;

export interface ContainerContext {
  source: Source;
  /** Where the service stands in its file. */
  path: readonly PropertyKey[];
  env: NodeJS.ProcessEnv;
  /** Whether the task as a whole has a memory limit. */
  taskMemory: boolean;
  /** The name of the task's volume for a source, making it when it is new. */
  volume: (source: string | undefined) => string;
}

export function containerOf(
  name: string,
  service: Service,
  params: ServiceParams | undefined,
  context: ContainerContext,
): ContainerDefinition {
  const memory = sizeOf(context, 'mem_limit', params?.mem_limit ?? service.mem_limit);
  const reservation = sizeOf(context, 'mem_reservation', params?.mem_reservation ?? service.mem_reservation);
  if (memory !== undefined && reservation !== undefined && memory < reservation) {
    throw sourceFailure(
      context.source,
      [...context.path, 'mem_limit'],
      `must be at least mem_reservation (${reservation} MiB), and is ${memory} MiB`,
    );
  }
  const withDefault = memory === undefined && reservation === undefined && !context.taskMemory ? DEFAULT_MEMORY : memory;
  const logDriver = service.logging?.driver ?? service.log_driver;
  return withoutUndefined<ContainerDefinition>({
    name,
    image: service.image,
    essential: params?.essential ?? true,
    cpu: params?.cpu_shares ?? service.cpu_shares ?? 0,
    memory: withDefault,
    memoryReservation: reservation,
    command: optional(service.command, words),
    entryPoint: optional(service.entrypoint, words),
    environment: environment(service, context),
    secrets: params?.secrets?.map((secret) => ({ name: secret.name, valueFrom: secret.value_from })),
    portMappings: portMappings(service, context),
    mountPoints: mountPoints(service, context),
    volumesFrom: service.volumes_from?.map((entry) => {
      const [sourceContainer, mode] = entry.split(':');
      return { sourceContainer, readOnly: mode === 'ro' };
    }),
    logConfiguration: logDriver ? { logDriver: logDriver as 'awslogs', options: service.logging?.options ?? service.log_opt } : undefined,
    dependsOn: params?.depends_on?.map((entry) => ({ containerName: entry.container_name, condition: entry.condition })),
    repositoryCredentials: params?.repository_credentials && { credentialsParameter: params.repository_credentials.credentials_parameter },
    resourceRequirements: params?.gpu === undefined ? undefined : [{ type: 'GPU', value: params.gpu }],
    healthCheck: healthCheck(service, params, context),
    dnsServers: optional(service.dns, many),
    dnsSearchDomains: optional(service.dns_search, many),
    dockerLabels: service.labels === undefined ? undefined : Object.fromEntries(pairs(service.labels, context.env)),
    dockerSecurityOptions: service.security_opt,
    extraHosts: service.extra_hosts?.map((entry) => ({
      hostname: entry.slice(0, entry.indexOf(':')),
      ipAddress: entry.slice(entry.indexOf(':') + 1),
    })),
    hostname: service.hostname,
    links: service.links,
    privileged: service.privileged,
    readonlyRootFilesystem: service.read_only,
    user: service.user,
    workingDirectory: service.working_dir,
    ulimits: optional(service.ulimits, (limits) =>
      Object.entries(limits).map(([limit, value]) => ({
        name: limit as 'nofile',
        softLimit: typeof value === 'number' ? value : value.soft,
        hardLimit: typeof value === 'number' ? value : value.hard,
      })),
    ),
    linuxParameters: linuxParameters(service, params, context),
  });
}

function environment(service: Service, { env, source }: ContainerContext): ContainerDefinition['environment'] {
  const files = optional(service.env_file, many) ?? [];
  const values = new Map([
    ...files.flatMap((file) => pairs(lines(resolve(dirname(source.file), file), source), env)),
    ...pairs(service.environment, env),
  ]);
  return values.size === 0 ? undefined : [...values].map(([name, value]) => ({ name, value }));
}

function lines(file: string, source: Source): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  } catch (error) {
    throw sourceFailure(source, [], `the env_file ${file} cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

function portMappings(service: Service, { source, path }: ContainerContext): PortMapping[] | undefined {
  return service.ports?.flatMap((entry, index): PortMapping[] => {
    if (typeof entry === 'object') {
      return [{ containerPort: entry.target, hostPort: entry.published, protocol: entry.protocol ?? 'tcp' }];
    }
    const parsed = ports(String(entry));
    if (!parsed) {
      throw sourceFailure(
        source,
        [...path, 'ports', index],
        `"${entry}" is not a port; allowed are CONTAINER, HOST:CONTAINER and ranges of equal length, with /udp after them, up to 65535`,
      );
    }
    return parsed;
  });
}

function mountPoints(service: Service, { volume }: ContainerContext): MountPoint[] | undefined {
  return service.volumes?.map((entry) => {
    if (typeof entry === 'object') {
      return { sourceVolume: volume(entry.source), containerPath: entry.target, readOnly: entry.read_only ?? false };
    }
    const [first = '', second, mode] = entry.split(':');
    return second === undefined
      ? { sourceVolume: volume(undefined), containerPath: first, readOnly: false }
      : { sourceVolume: volume(first), containerPath: second, readOnly: mode === 'ro' };
  });
}

function healthCheck(service: Service, params: ServiceParams | undefined, context: ContainerContext): ContainerDefinition['healthCheck'] {
  const check = { ...service.healthcheck, ...params?.healthcheck };
  if (check.test === undefined || service.healthcheck?.disable) {
    return undefined;
  }
  const duration = (field: 'interval' | 'timeout' | 'start_period'): number | undefined => {
    const value = check[field];
    const parsed = value === undefined ? undefined : /^\d+$/.test(value) ? Number(value) : seconds(value);
    if (value !== undefined && parsed === undefined) {
      throw sourceFailure(context.source, [...context.path, 'healthcheck', field], `"${value}" is not a duration such as 30s or 1m30s`);
    }
    return parsed;
  };
  return withoutUndefined({
    command: typeof check.test === 'string' ? ['CMD-SHELL', check.test] : check.test,
    interval: duration('interval'),
    timeout: duration('timeout'),
    startPeriod: duration('start_period'),
    retries: check.retries,
  });
}

function linuxParameters(
  service: Service,
  params: ServiceParams | undefined,
  context: ContainerContext,
): ContainerDefinition['linuxParameters'] {
  const tmpfs = optional(service.tmpfs, many)?.map((entry) => {
    const [containerPath, options = ''] = entry.split(':');
    const given = options.split(',').filter(Boolean);
    const limit = given.find((option) => option.startsWith('size='))?.slice('size='.length);
    return {
      containerPath,
      size: sizeOf(context, 'tmpfs', limit) ?? 64,
      mountOptions: given.filter((option) => !option.startsWith('size=')),
    };
  });
  const parameters = withoutUndefined({
    capabilities: service.cap_add || service.cap_drop ? { add: service.cap_add, drop: service.cap_drop } : undefined,
    devices: service.devices?.map((entry) => {
      const [hostPath, containerPath, permissions] = entry.split(':');
      return {
        hostPath,
        containerPath: containerPath ?? hostPath,
        ...(permissions ? { permissions: devicePermissions(permissions) } : {}),
      };
    }),
    initProcessEnabled: params?.init_process_enabled,
    sharedMemorySize: sizeOf(context, 'shm_size', service.shm_size),
    tmpfs,
  });
  return Object.keys(parameters).length === 0 ? undefined : parameters;
}

function devicePermissions(letters: string): ('read' | 'write' | 'mknod')[] {
  const names = [
    ['r', 'read'],
    ['w', 'write'],
    ['m', 'mknod'],
  ] as const;
  return names.flatMap(([letter, name]) => (letters.includes(letter) ? [name] : []));
}

function sizeOf({ source, path }: ContainerContext, field: string, value: string | number | undefined): number | undefined {
  const parsed = value === undefined ? undefined : mebibytes(value);
  if (value !== undefined && parsed === undefined) {
    throw sourceFailure(
      source,
      [...path, field],
      `"${value}" is not a size; allowed are a number of bytes, or one with b, k, m or g behind it`,
    );
  }
  return parsed;
}

function many(value: string | string[]): string[] {
  return typeof value === 'string' ? [value] : value;
}

function optional<Value, Result>(value: Value | null | undefined, convert: (value: Value) => Result): Result | undefined {
  return value === undefined || value === null ? undefined : convert(value);
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
