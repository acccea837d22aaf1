// ECS's records and their keys.
import type * as sdk from '@aws-sdk/client-ecs';
import type { Table, Tables } from '../../state/tables.ts';
import type { Timestamped } from '../service.ts';
import type { RolloutStage } from './services/rollout.ts';

export type Cluster = Timestamped<sdk.Cluster>;
export type TaskDefinition = Timestamped<sdk.TaskDefinition> & { tags?: Timestamped<sdk.Tag>[] };
export type ContainerDefinition = Timestamped<sdk.ContainerDefinition>;
/** A task with what its life needs beyond what answers show. */
export type Task = Timestamped<sdk.Task> & {
  network?: TaskNetwork;
  protectedUntil?: number;
  /** What the health checks of load balancers say; absent for a task behind none. */
  targetHealth?: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
  /** The target that failed last. */
  failedTarget?: { groupArn: string; port: number; reason: string };
};
export type Container = Timestamped<sdk.Container>;
/** A service with what its scheduler must remember. */
export type Service = Timestamped<sdk.Service> & { memory?: ServiceMemory };
export type Deployment = Timestamped<sdk.Deployment>;
export type ServiceDeployment = Timestamped<sdk.ServiceDeployment>;
export type TaskSet = Timestamped<sdk.TaskSet>;
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
  /** True since the service said that its tasks crowd in one zone. */
  isCrowded?: boolean;
  /** True since the last "has reached a steady state". */
  isSteady: boolean;
  /** Tasks that failed one after the other; new ones wait longer each time. */
  failures: number;
  /** Nothing is started before this moment. */
  notBefore: number;
  /** The last reason why a task found no place, so that it is told once. */
  unplaced?: string;
  /** By deployment id: the service deployment and revision of it, and which of its two target groups it has. */
  revisions: Record<string, { deploymentArn: string; revisionArn: string; slot?: 'primary' | 'alternate' }>;
  /** The staged deployment that is under way. */
  rollout?: Rollout;
  /** The share of each target group in each listener rule as it was set last, so that a rule is changed only when it must be. */
  shifted?: string;
}

/** A blue/green, linear or canary deployment between its first stage and its last. */
export interface Rollout {
  deploymentId: string;
  sourceId: string;
  stage: RolloutStage;
  /** When the stage, or its present step, began. */
  since: number;
  /** Percent of the production traffic that the new tasks have. */
  weight: number;
  /** Whether test traffic goes to the new tasks. */
  test: boolean;
  /** Hooks of the present stage. */
  hooks: RolloutHook[];
}

export type RolloutHook = Timestamped<sdk.DeploymentLifecycleHookDetail>;

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
  taskSets: Table<TaskSet>;
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
    taskSets: tables.table('ecs.task-sets'),
  };
}
