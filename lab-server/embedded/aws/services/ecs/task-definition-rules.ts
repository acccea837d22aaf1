// What ECS refuses in a task definition, in its words (API reference, RegisterTaskDefinition; developer guide, task definition parameters).
import type * as sdk from '@aws-sdk/client-ecs';
import type { AwsError } from '../../gateway/errors.ts';
import type { Timestamped } from '../service.ts';
import { clientException } from './errors.ts';
import { cpuUnits, FARGATE_SIZES, memoryMiB } from './fargate-sizes.ts';
import type { ContainerDefinition } from './state.ts';

export type RegisterInput = Timestamped<sdk.RegisterTaskDefinitionRequest>;

const FAMILY = /^[a-zA-Z0-9_-]{1,255}$/;
const CONTAINER_NAME = /^[a-zA-Z0-9_-]{1,255}$/;
const NETWORK_MODES = ['bridge', 'host', 'awsvpc', 'none'];
const COMPATIBILITIES = ['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'];
const FARGATE_LOG_DRIVERS = ['awslogs', 'splunk', 'awsfirelens'];
const LOG_DRIVERS = ['json-file', 'syslog', 'journald', 'gelf', 'fluentd', 'awslogs', 'splunk', 'awsfirelens', 'none'];
/** Docker's smallest memory for a container. */
const MIN_MEMORY_MIB = 6;
const CONDITIONS = ['START', 'COMPLETE', 'SUCCESS', 'HEALTHY'];

/** Throws the ClientException for the first rule that the definition breaks. */
export function checkTaskDefinition(input: RegisterInput): void {
  const problem = problemOf(input);
  if (problem) {
    throw problem;
  }
}

function problemOf(input: RegisterInput): AwsError | undefined {
  if (!FAMILY.test(input.family ?? '')) {
    return clientException('Invalid family: up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed.');
  }
  if (input.networkMode !== undefined && !NETWORK_MODES.includes(input.networkMode)) {
    return clientException(`Invalid network mode '${input.networkMode}'. Valid values: ${NETWORK_MODES.join(', ')}.`);
  }
  const unknown = (input.requiresCompatibilities ?? []).find((name) => !COMPATIBILITIES.includes(name));
  if (unknown !== undefined) {
    return clientException(`Invalid requires compatibilities value '${unknown}'. Valid values: ${COMPATIBILITIES.join(', ')}.`);
  }
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) {
    return clientException('Container list cannot be empty.');
  }
  for (const container of containers) {
    const blank = !container.name ? 'name' : !container.image ? 'image' : undefined;
    if (blank !== undefined) {
      return clientException(`Container.${blank} should not be null or empty.`);
    }
  }
  return sizeProblem(input) ?? fargateProblem(input, containers) ?? containersProblem(input, containers);
}

function sizeProblem(input: RegisterInput): AwsError | undefined {
  if (input.cpu !== undefined && cpuUnits(input.cpu) === undefined) {
    return clientException(`Invalid 'cpu' setting for task.`);
  }
  if (input.memory !== undefined && memoryMiB(input.memory) === undefined) {
    return clientException(`Invalid 'memory' setting for task.`);
  }
  return undefined;
}

function fargateProblem(input: RegisterInput, containers: readonly ContainerDefinition[]): AwsError | undefined {
  if (!input.requiresCompatibilities?.includes('FARGATE')) {
    return undefined;
  }
  if (input.pidMode !== undefined && input.pidMode !== 'task') {
    return clientException(
      `Tasks using the Fargate launch type do not support pidMode '${input.pidMode}'. The supported value for pidMode is 'task'.`,
    );
  }
  if (input.networkMode !== 'awsvpc') {
    return clientException('Fargate only supports network mode ‘awsvpc’.');
  }
  if (input.cpu === undefined || input.memory === undefined) {
    return clientException(`Fargate requires that '${input.cpu === undefined ? 'cpu' : 'memory'}' be defined at the task level.`);
  }
  const memory = FARGATE_SIZES.get(cpuUnits(input.cpu) ?? 0);
  if (!memory?.includes(memoryMiB(input.memory) ?? 0)) {
    return clientException(
      memory
        ? 'No Fargate configuration exists for given values.'
        : "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    );
  }
  for (const container of containers) {
    if (container.privileged) {
      return clientException('Fargate does not support privileged containers.');
    }
    const driver = container.logConfiguration?.logDriver;
    if (driver !== undefined && !FARGATE_LOG_DRIVERS.includes(driver)) {
      return clientException(
        `Fargate only supports the log drivers ${FARGATE_LOG_DRIVERS.join(', ')}; container '${container.name ?? ''}' has '${driver}'.`,
      );
    }
    if ((container.links?.length ?? 0) > 0) {
      return clientException('Links are not supported when networkMode=awsvpc.');
    }
    if (needsExecutionRole(container) && input.executionRoleArn === undefined) {
      return clientException(
        container.secrets?.length
          ? "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
          : 'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
      );
    }
  }
  const volume = input.volumes?.find((one) => one.host?.sourcePath !== undefined || one.dockerVolumeConfiguration !== undefined);
  if (volume) {
    return clientException(`Fargate does not support ${volume.host ? 'host.sourcePath' : 'dockerVolumeConfiguration'} for volumes.`);
  }
  return undefined;
}

function needsExecutionRole(container: ContainerDefinition): boolean {
  return (container.secrets?.length ?? 0) > 0 || container.logConfiguration?.logDriver === 'awslogs';
}

function containersProblem(input: RegisterInput, containers: readonly ContainerDefinition[]): AwsError | undefined {
  const names = containers.map((container) => container.name ?? '');
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  if (duplicate !== undefined) {
    return clientException(`Container names in a task definition must be unique; '${duplicate}' is there twice.`);
  }
  if (!containers.some((container) => container.essential !== false)) {
    return clientException('Invalid setting for container: at least one container in a task definition must be essential.');
  }
  for (const container of containers) {
    const problem = containerProblem(container, input, names);
    if (problem) {
      return problem;
    }
  }
  return dependencyCycle(containers) ? clientException('Cyclic dependency between containers in the task definition.') : undefined;
}

function containerProblem(container: ContainerDefinition, input: RegisterInput, names: readonly string[]): AwsError | undefined {
  const name = container.name ?? '';
  if (name === '') {
    return clientException('Container.name contains invalid characters.');
  }
  if (!CONTAINER_NAME.test(name)) {
    return clientException('Container.name contains invalid characters.');
  }
  if (container.image === undefined || container.image === '') {
    return clientException('Container.image should not be null or empty.');
  }
  if (/\s/.test(container.image)) {
    return clientException('Container.image contains invalid characters.');
  }
  return memoryProblem(container, input) ?? portsProblem(container, input) ?? referencesProblem(container, input, names);
}

function memoryProblem(container: ContainerDefinition, input: RegisterInput): AwsError | undefined {
  const { memory, memoryReservation } = container;
  if (memory === undefined && memoryReservation === undefined && input.memory === undefined) {
    return clientException(
      `Invalid setting for container '${container.name ?? ''}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  if (memory !== undefined && memory < MIN_MEMORY_MIB) {
    return clientException(`Invalid setting for container '${container.name ?? ''}'. 'memory' must be at least ${MIN_MEMORY_MIB} MiB.`);
  }
  if (memory !== undefined && memoryReservation !== undefined && memoryReservation > memory) {
    return clientException(
      `Invalid setting for container '${container.name ?? ''}'. 'memoryReservation' must not be greater than 'memory'.`,
    );
  }
  const whole = input.memory === undefined ? undefined : memoryMiB(input.memory);
  if (whole !== undefined && memory !== undefined && memory > whole) {
    return clientException(
      `Invalid setting for container '${container.name ?? ''}'. The memory of a container cannot be greater than the memory of the task.`,
    );
  }
  return undefined;
}

function portsProblem(container: ContainerDefinition, input: RegisterInput): AwsError | undefined {
  for (const { containerPort, hostPort, protocol } of container.portMappings ?? []) {
    if (containerPort !== undefined && (containerPort < 1 || containerPort > 65_535)) {
      return clientException(`Invalid container port ${containerPort}: ports are between 1 and 65535.`);
    }
    if (hostPort !== undefined && (hostPort < 0 || hostPort > 65_535)) {
      return clientException(`Invalid host port ${hostPort}: ports are between 0 and 65535.`);
    }
    if (protocol !== undefined && protocol !== 'tcp' && protocol !== 'udp') {
      return clientException(`Invalid protocol '${protocol as string}' in port mapping. Valid values: tcp, udp.`);
    }
    const mustMatch = input.networkMode === 'awsvpc' || input.networkMode === 'host';
    if (mustMatch && hostPort !== undefined && hostPort !== 0 && hostPort !== containerPort) {
      return clientException(
        `When networkMode=${input.networkMode ?? ''}, the host ports and container ports in port mappings must match.`,
      );
    }
  }
  return undefined;
}

function referencesProblem(container: ContainerDefinition, input: RegisterInput, names: readonly string[]): AwsError | undefined {
  const volumes = (input.volumes ?? []).map((volume) => volume.name);
  const unknownVolume = container.mountPoints?.find((mount) => !volumes.includes(mount.sourceVolume));
  if (unknownVolume) {
    return clientException(`Unknown volume '${unknownVolume.sourceVolume ?? ''}'.`);
  }
  const unknownSource = container.volumesFrom?.find((volume) => !names.includes(volume.sourceContainer ?? ''));
  if (unknownSource) {
    return clientException(`Unknown container '${unknownSource.sourceContainer ?? ''}' in volumesFrom.`);
  }
  for (const { containerName, condition } of container.dependsOn ?? []) {
    if (!names.includes(containerName ?? '')) {
      return clientException(`Unknown container '${containerName ?? ''}' in dependsOn.`);
    }
    if (!CONDITIONS.includes(condition ?? '')) {
      return clientException(`Invalid condition '${condition ?? ''}' in dependsOn. Valid values: ${CONDITIONS.join(', ')}.`);
    }
  }
  const driver = container.logConfiguration?.logDriver;
  if (driver !== undefined && !LOG_DRIVERS.includes(driver)) {
    return clientException(`Invalid log driver '${driver}'. Valid values: ${LOG_DRIVERS.join(', ')}.`);
  }
  if (driver === 'awslogs' && container.logConfiguration?.options?.['awslogs-group'] === undefined) {
    return clientException('Log driver awslogs requires options: awslogs-group.');
  }
  if (driver === 'awslogs' && container.logConfiguration?.options?.['awslogs-region'] === undefined) {
    return clientException('Log driver awslogs requires options: awslogs-region.');
  }
  return healthProblem(container);
}

function healthProblem({ healthCheck }: ContainerDefinition): AwsError | undefined {
  if (!healthCheck) {
    return undefined;
  }
  const [form] = healthCheck.command ?? [];
  if (form !== 'CMD' && form !== 'CMD-SHELL' && form !== 'NONE') {
    return clientException("Health check command must start with 'CMD', 'CMD-SHELL' or 'NONE'.");
  }
  for (const [name, value, from, to] of [
    ['interval', healthCheck.interval, 5, 300],
    ['timeout', healthCheck.timeout, 2, 120],
    ['retries', healthCheck.retries, 1, 10],
    ['startPeriod', healthCheck.startPeriod, 0, 300],
  ] as const) {
    if (value !== undefined && (value < from || value > to)) {
      return clientException(`Invalid health check ${name} ${value}: it is between ${from} and ${to}.`);
    }
  }
  return undefined;
}

function dependencyCycle(containers: readonly ContainerDefinition[]): boolean {
  const waitsFor = new Map(
    containers.map((one) => [one.name ?? '', (one.dependsOn ?? []).map((dependency) => dependency.containerName ?? '')]),
  );
  const settled = new Set<string>();
  const visit = (name: string, path: ReadonlySet<string>): boolean => {
    if (path.has(name)) {
      return true;
    }
    if (settled.has(name)) {
      return false;
    }
    const onPath = new Set(path).add(name);
    const cyclic = (waitsFor.get(name) ?? []).some((next) => visit(next, onPath));
    settled.add(name);
    return cyclic;
  };
  return [...waitsFor.keys()].some((name) => visit(name, new Set()));
}
