// A task as it begins: its record before anything has happened to it.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecs';
import { arn, type Scope } from '../../scope.ts';
import type { Call, Timestamped } from '../../service.ts';
import type { Cluster, ContainerInstance, Tag, Task, TaskDefinition } from '../state.ts';
import { plannedAttachment } from './network.ts';
import { networkFor, type NetworkConfiguration } from './network-configuration.ts';
import { ec2Tables } from '../../ec2/state.ts';
import { randomUUID } from 'node:crypto';
import { scopeKey } from '../../scope.ts';

export type Overrides = Timestamped<sdk.TaskOverride>;

export interface NewTask {
  cluster: Cluster;
  definition: TaskDefinition;
  launchType: sdk.LaunchType;
  capacityProviderName?: string;
  platformVersion?: string;
  networkConfiguration?: NetworkConfiguration;
  instance?: ContainerInstance;
  overrides?: Overrides;
  group: string;
  startedBy?: string;
  enableExecuteCommand?: boolean;
  tags?: Tag[];
  /** Tasks that are there already, by zone: the subnet of the zone with the fewest is taken. */
  zones?: ReadonlyMap<string, number>;
}

const LATEST_PLATFORM = '1.4.0';

/** The record of a new task; nobody has it yet. */
export function newTask(wanted: NewTask, call: Call): Task {
  const { definition, cluster, launchType } = wanted;
  const id = randomBytes(16).toString('hex');
  const clusterName = cluster.clusterName ?? '';
  const taskArn = arn('ecs', call, `task/${clusterName}/${id}`);
  const network = networkFor(wanted.networkConfiguration, call, wanted.zones);
  const subnet = network && ec2Tables(call.tables).subnets.get(scopeKey(call, network.subnetId));
  const isFargate = launchType === 'FARGATE';
  const zone = subnet?.AvailabilityZone ?? wanted.instance?.attributes?.find((one) => one.name === 'ecs.availability-zone')?.value;
  return {
    attachments: network ? [plannedAttachment(network.subnetId)] : [],
    attributes: [{ name: 'ecs.cpu-architecture', value: definition.runtimePlatform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64' }],
    ...(zone ? { availabilityZone: zone } : {}),
    ...(wanted.capacityProviderName ? { capacityProviderName: wanted.capacityProviderName } : {}),
    clusterArn: cluster.clusterArn,
    ...(wanted.instance ? { containerInstanceArn: wanted.instance.containerInstanceArn } : {}),
    containers: (definition.containerDefinitions ?? []).map((container) => ({
      containerArn: containerArn(call, clusterName, id),
      taskArn,
      name: container.name,
      image: container.image,
      lastStatus: 'PENDING',
      networkInterfaces: [],
      ...(wanted.enableExecuteCommand ? { managedAgents: [{ name: 'ExecuteCommandAgent' as const, lastStatus: 'PENDING' }] } : {}),
      ...(container.healthCheck ? { healthStatus: 'UNKNOWN' as const } : {}),
      cpu: String(container.cpu ?? 0),
      ...(container.memory === undefined ? {} : { memory: String(container.memory) }),
      ...(container.memoryReservation === undefined ? {} : { memoryReservation: String(container.memoryReservation) }),
    })),
    cpu: wanted.overrides?.cpu ?? definition.cpu ?? String(sumOf(definition, (one) => one.cpu)),
    createdAt: call.clock.now(),
    desiredStatus: 'RUNNING',
    enableExecuteCommand: wanted.enableExecuteCommand ?? false,
    group: wanted.group,
    healthStatus: 'UNKNOWN',
    lastStatus: network ? 'PROVISIONING' : 'PENDING',
    launchType,
    memory: wanted.overrides?.memory ?? definition.memory ?? String(sumOf(definition, (one) => one.memory ?? one.memoryReservation)),
    overrides: {
      ...wanted.overrides,
      containerOverrides: wanted.overrides?.containerOverrides ?? (definition.containerDefinitions ?? []).map(({ name }) => ({ name })),
      inferenceAcceleratorOverrides: wanted.overrides?.inferenceAcceleratorOverrides ?? [],
    },
    ...(isFargate
      ? {
          platformVersion: wanted.platformVersion && wanted.platformVersion !== 'LATEST' ? wanted.platformVersion : LATEST_PLATFORM,
          platformFamily: 'Linux',
          ephemeralStorage: { sizeInGiB: definition.ephemeralStorage?.sizeInGiB ?? 20 },
          fargateEphemeralStorage: { sizeInGiB: definition.ephemeralStorage?.sizeInGiB ?? 20 },
        }
      : {}),
    ...(wanted.startedBy === undefined ? {} : { startedBy: wanted.startedBy }),
    tags: wanted.tags ?? [],
    taskArn,
    taskDefinitionArn: definition.taskDefinitionArn,
    version: 1,
    ...(network ? { network } : {}),
  };
}

function containerArn(scope: Scope, cluster: string, taskId: string): string {
  return arn('ecs', scope, `container/${cluster}/${taskId}/${randomUUID()}`);
}

type Container = NonNullable<TaskDefinition['containerDefinitions']>[number];

function sumOf(definition: TaskDefinition, amount: (container: Container) => number | undefined): number {
  return (definition.containerDefinitions ?? []).reduce((total, container) => total + (amount(container) ?? 0), 0);
}
