// ECS's records and their keys.
import type * as sdk from '@aws-sdk/client-ecs';
import type { Table, Tables } from '../../state/tables.ts';
import type { Timestamped } from '../service.ts';

export type Cluster = Timestamped<sdk.Cluster>;
export type TaskDefinition = Timestamped<sdk.TaskDefinition> & { tags?: Timestamped<sdk.Tag>[] };
export type ContainerDefinition = Timestamped<sdk.ContainerDefinition>;
/** A task with what its life needs beyond what answers show. */
export type Task = Timestamped<sdk.Task> & { network?: TaskNetwork; protectedUntil?: number };
export type Container = Timestamped<sdk.Container>;
/** A service with what its scheduler must remember. */
export type Service = Timestamped<sdk.Service> & { memory?: ServiceMemory };
export type Deployment = Timestamped<sdk.Deployment>;
export type ServiceDeployment = Timestamped<sdk.ServiceDeployment>;
export type ServiceRevision = Timestamped<sdk.ServiceRevision>;
export type ContainerInstance = Timestamped<sdk.ContainerInstance>;
export type CapacityProvider = Timestamped<sdk.CapacityProvider>;
export type Tag = Timestamped<sdk.Tag>;

/** A family's highest revision so far, which survives the deletion of its revisions. */
export interface Family {
  family: string;
  latestRevision: number;
}

/** Where a task's interface goes, as it was asked for. */
export interface TaskNetwork {
  subnetId: string;
  groupIds: string[];
  assignPublicIp: boolean;
}

export interface ServiceMemory {
  /** The request that made the service, to tell a repeated one. */
  request: string;
  /** True since the last "has reached a steady state". */
  isSteady: boolean;
  /** Tasks that failed one after the other; new ones wait longer each time. */
  failures: number;
  /** Nothing is started before this moment. */
  notBefore: number;
  /** The last reason why a task found no place, so that it is told once. */
  unplaced?: string;
  /** By deployment id: the service deployment and revision of it. */
  revisions: Record<string, { deploymentArn: string; revisionArn: string }>;
}

/** What a client token stood for, so that a repeated request starts nothing more. */
export interface TokenUse {
  request: string;
  taskArns: string[];
  usedAt: number;
}

export interface AccountSetting {
  name: string;
  value: string;
  /** Absent for the account's default. */
  principalArn?: string;
}

export interface EcsTables {
  clusters: Table<Cluster>;
  families: Table<Family>;
  taskDefinitions: Table<TaskDefinition>;
  tasks: Table<Task>;
  services: Table<Service>;
  containerInstances: Table<ContainerInstance>;
  capacityProviders: Table<CapacityProvider>;
  accountSettings: Table<AccountSetting>;
  clientTokens: Table<TokenUse>;
  serviceDeployments: Table<ServiceDeployment>;
  serviceRevisions: Table<ServiceRevision>;
}

export function ecsTables(tables: Tables): EcsTables {
  return {
    clusters: tables.table('ecs.clusters'),
    families: tables.table('ecs.families'),
    taskDefinitions: tables.table('ecs.task-definitions'),
    tasks: tables.table('ecs.tasks'),
    services: tables.table('ecs.services'),
    containerInstances: tables.table('ecs.container-instances'),
    capacityProviders: tables.table('ecs.capacity-providers'),
    accountSettings: tables.table('ecs.account-settings'),
    clientTokens: tables.table('ecs.client-tokens'),
    serviceDeployments: tables.table('ecs.service-deployments'),
    serviceRevisions: tables.table('ecs.service-revisions'),
  };
}
