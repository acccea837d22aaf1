// Clusters: create, describe, list, update, delete.
import type * as sdk from '@aws-sdk/client-ecs';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkTags } from '../tags.ts';
import { effectiveSetting } from './account-settings.ts';
import { AwsError } from '../../gateway/errors.ts';
import { clientException, clusterNotFound, invalidParameter } from './errors.ts';
import { clusterArn, clusterName, DEFAULT_CLUSTER, isValidName } from './names.ts';
import { ecsTables, type Cluster } from './state.ts';

const MAX_DESCRIBED = 100;
/** The capacity providers that every account has. */
const AWS_PROVIDERS = ['FARGATE', 'FARGATE_SPOT'];
const INSIGHTS_VALUES = ['enabled', 'disabled', 'enhanced'];

/** Names of the statistics that `--include STATISTICS` gives, in ECS's order. */
const STATISTICS: readonly (readonly [string, (counts: Counts) => number])[] = [
  ['runningEC2TasksCount', ({ tasks }) => tasks('EC2', 'RUNNING')],
  ['runningFargateTasksCount', ({ tasks }) => tasks('FARGATE', 'RUNNING')],
  ['pendingEC2TasksCount', ({ tasks }) => tasks('EC2', 'PENDING')],
  ['pendingFargateTasksCount', ({ tasks }) => tasks('FARGATE', 'PENDING')],
  ['runningExternalTasksCount', ({ tasks }) => tasks('EXTERNAL', 'RUNNING')],
  ['pendingExternalTasksCount', ({ tasks }) => tasks('EXTERNAL', 'PENDING')],
  ['activeEC2ServiceCount', ({ services }) => services('EC2', 'ACTIVE')],
  ['activeFargateServiceCount', ({ services }) => services('FARGATE', 'ACTIVE')],
  ['drainingEC2ServiceCount', ({ services }) => services('EC2', 'DRAINING')],
  ['drainingFargateServiceCount', ({ services }) => services('FARGATE', 'DRAINING')],
  ['activeExternalServiceCount', ({ services }) => services('EXTERNAL', 'ACTIVE')],
  ['drainingExternalServiceCount', ({ services }) => services('EXTERNAL', 'DRAINING')],
];

interface Counts {
  tasks: (launchType: string, state: 'RUNNING' | 'PENDING') => number;
  services: (launchType: string, status: string) => number;
}

/** What a cluster counts, read from its tasks and services. */
function countsOf(cluster: Cluster, call: Call): Counts {
  const { tasks, services } = ecsTables(call.tables);
  const prefix = `${scopeKey(call, cluster.clusterName ?? '')}/`;
  const own = tasks.list(prefix);
  const ownServices = services.list(prefix);
  return {
    tasks: (launchType, state) =>
      own.filter(
        (task) =>
          task.launchType === launchType &&
          task.desiredStatus === 'RUNNING' &&
          (state === 'RUNNING' ? task.lastStatus === 'RUNNING' : ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(task.lastStatus ?? '')),
      ).length,
    services: (launchType, status) =>
      ownServices.filter((service) => (service.launchType ?? 'EC2') === launchType && service.status === status).length,
  };
}

/** A cluster as a response shows it: counts are read when asked for; settings, statistics and tags only when included. */
export function describeCluster(cluster: Cluster, include: readonly string[], call: Call): Cluster {
  const counts = countsOf(cluster, call);
  const types = ['EC2', 'FARGATE', 'EXTERNAL'];
  const sum = (count: (type: string) => number): number => types.reduce((total, type) => total + count(type), 0);
  return {
    clusterArn: cluster.clusterArn,
    clusterName: cluster.clusterName,
    ...(include.includes('CONFIGURATIONS') ? { configuration: cluster.configuration } : {}),
    status: cluster.status,
    registeredContainerInstancesCount: ecsTables(call.tables).containerInstances.list(`${scopeKey(call, cluster.clusterName ?? '')}/`)
      .length,
    runningTasksCount: sum((type) => counts.tasks(type, 'RUNNING')),
    pendingTasksCount: sum((type) => counts.tasks(type, 'PENDING')),
    activeServicesCount: sum((type) => counts.services(type, 'ACTIVE')),
    statistics: include.includes('STATISTICS') ? STATISTICS.map(([name, count]) => ({ name, value: String(count(counts)) })) : [],
    tags: include.includes('TAGS') ? (cluster.tags ?? []) : [],
    settings: include.includes('SETTINGS') ? cluster.settings : [],
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
    ...(cluster.serviceConnectDefaults ? { serviceConnectDefaults: cluster.serviceConnectDefaults } : {}),
    ...(include.includes('ATTACHMENTS') ? { attachments: cluster.attachments ?? [] } : {}),
  };
}

function create(input: Timestamped<sdk.CreateClusterRequest>, call: Call): { cluster: Cluster } {
  const name = input.clusterName ?? DEFAULT_CLUSTER;
  if (!isValidName(name)) {
    throw invalidParameter('Cluster name can only contain letters, numbers, hyphens and underscores, and has at most 255 characters.');
  }
  checkTags(input.tags);
  checkSettings(input.settings);
  checkProviders(input.capacityProviders, input.defaultCapacityProviderStrategy, call);
  const { clusters } = ecsTables(call.tables);
  const key = scopeKey(call, name);
  const existing = clusters.get(key);
  if (existing?.status === 'ACTIVE') {
    // Creating a cluster that exists gives it back, unless the request wants another one.
    return { cluster: describeCluster(existing, ['SETTINGS', 'TAGS'], call) };
  }
  const cluster: Cluster = {
    clusterArn: clusterArn(call, name),
    clusterName: name,
    configuration: input.configuration,
    status: 'ACTIVE',
    tags: input.tags ?? [],
    settings: input.settings ?? [{ name: 'containerInsights', value: effectiveSetting('containerInsights', call) as 'disabled' }],
    capacityProviders: input.capacityProviders ?? [],
    defaultCapacityProviderStrategy: input.defaultCapacityProviderStrategy ?? [],
    serviceConnectDefaults: serviceConnectDefaults(input.serviceConnectDefaults?.namespace, call),
  };
  clusters.put(key, cluster);
  return { cluster: describeCluster(cluster, ['SETTINGS', 'TAGS', 'CONFIGURATIONS'], call) };
}

function serviceConnectDefaults(namespace: string | undefined, call: Call): Cluster['serviceConnectDefaults'] {
  if (!namespace) {
    return undefined;
  }
  return { namespace: namespace.startsWith('arn:') ? namespace : arn('servicediscovery', call, `namespace/${namespace}`) };
}

function checkSettings(settings: Timestamped<sdk.ClusterSetting>[] | undefined): void {
  for (const { name, value } of settings ?? []) {
    if (name !== 'containerInsights') {
      throw invalidParameter(`Invalid cluster setting name: ${name ?? ''}. Valid names: containerInsights.`);
    }
    if (!INSIGHTS_VALUES.includes(value ?? '')) {
      throw invalidParameter(`Invalid cluster setting value: ${value ?? ''}. Valid values: ${INSIGHTS_VALUES.join(', ')}.`);
    }
  }
}

function checkProviders(
  names: string[] | undefined,
  strategy: Timestamped<sdk.CapacityProviderStrategyItem>[] | undefined,
  call: Call,
): void {
  const { capacityProviders } = ecsTables(call.tables);
  for (const name of names ?? []) {
    if (!AWS_PROVIDERS.includes(name) && !capacityProviders.has(scopeKey(call, name))) {
      throw invalidParameter('The specified capacity provider does not exist. Specify a valid capacity provider and try again.');
    }
  }
  for (const { capacityProvider } of strategy ?? []) {
    if (!(names ?? []).includes(capacityProvider ?? '')) {
      throw invalidParameter(
        'The specified capacity provider strategy contains a capacity provider that is not associated with the cluster.',
      );
    }
  }
}

function describe(
  input: Timestamped<sdk.DescribeClustersRequest>,
  call: Call,
): Timestamped<Omit<sdk.DescribeClustersResponse, '$metadata'>> {
  const references = input.clusters ?? [DEFAULT_CLUSTER];
  if (references.length > MAX_DESCRIBED) {
    throw invalidParameter(`clusters can have at most ${MAX_DESCRIBED} items.`);
  }
  const { clusters } = ecsTables(call.tables);
  const found: Cluster[] = [];
  const failures: sdk.Failure[] = [];
  for (const reference of references) {
    const name = clusterName(reference);
    const cluster = clusters.get(scopeKey(call, name));
    if (cluster) {
      found.push(describeCluster(cluster, input.include ?? [], call));
    } else {
      failures.push({ arn: clusterArn(call, name), reason: 'MISSING' });
    }
  }
  return { clusters: found, failures };
}

function list(input: Timestamped<sdk.ListClustersRequest>, call: Call): Timestamped<Omit<sdk.ListClustersResponse, '$metadata'>> {
  const arns = ecsTables(call.tables)
    .clusters.list(`${scopeKey(call)}/`)
    .filter((cluster) => cluster.status === 'ACTIVE')
    .map((cluster) => cluster.clusterArn ?? '');
  const page = pageOf(arns, input.nextToken, input.maxResults ?? 100);
  return { clusterArns: page.items, nextToken: page.nextToken };
}

function remove(input: Timestamped<sdk.DeleteClusterRequest>, call: Call): { cluster: Cluster } {
  const cluster = existing(input.cluster, call);
  const described = describeCluster(cluster, [], call);
  if ((described.registeredContainerInstancesCount ?? 0) > 0) {
    throw new AwsError(
      'ClusterContainsContainerInstancesException',
      'The Cluster cannot be deleted while Container Instances are active or draining.',
    );
  }
  if ((described.activeServicesCount ?? 0) > 0) {
    throw new AwsError('ClusterContainsServicesException', 'The Cluster cannot be deleted while Services are active.');
  }
  if ((described.runningTasksCount ?? 0) + (described.pendingTasksCount ?? 0) > 0) {
    throw new AwsError('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.');
  }
  const inactive: Cluster = { ...cluster, status: 'INACTIVE' };
  ecsTables(call.tables).clusters.put(scopeKey(call, cluster.clusterName ?? ''), inactive);
  return { cluster: describeCluster(inactive, [], call) };
}

function update(input: Timestamped<sdk.UpdateClusterRequest>, call: Call): { cluster: Cluster } {
  checkSettings(input.settings);
  const cluster = existing(input.cluster, call);
  return save(
    {
      ...cluster,
      settings: input.settings ?? cluster.settings,
      configuration: input.configuration ?? cluster.configuration,
      serviceConnectDefaults:
        input.serviceConnectDefaults === undefined
          ? cluster.serviceConnectDefaults
          : serviceConnectDefaults(input.serviceConnectDefaults.namespace, call),
    },
    call,
  );
}

function updateSettings(input: Timestamped<sdk.UpdateClusterSettingsRequest>, call: Call): { cluster: Cluster } {
  checkSettings(input.settings);
  return save({ ...existing(input.cluster, call), settings: input.settings }, call);
}

function putProviders(input: Timestamped<sdk.PutClusterCapacityProvidersRequest>, call: Call): { cluster: Cluster } {
  checkProviders(input.capacityProviders, input.defaultCapacityProviderStrategy, call);
  const cluster = existing(input.cluster, call);
  return save(
    { ...cluster, capacityProviders: input.capacityProviders, defaultCapacityProviderStrategy: input.defaultCapacityProviderStrategy },
    call,
  );
}

function save(cluster: Cluster, call: Call): { cluster: Cluster } {
  ecsTables(call.tables).clusters.put(scopeKey(call, cluster.clusterName ?? ''), cluster);
  return { cluster: describeCluster(cluster, ['SETTINGS', 'TAGS', 'CONFIGURATIONS'], call) };
}

function existing(reference: string | undefined, call: Call): Cluster {
  if (reference === undefined) {
    throw clientException('Cluster can not be blank.');
  }
  const cluster = ecsTables(call.tables).clusters.get(scopeKey(call, clusterName(reference)));
  if (!cluster || cluster.status === 'INACTIVE') {
    throw clusterNotFound();
  }
  return cluster;
}

const onCluster = (action: string) => (input: { cluster?: string }, call: Call) => [
  { action: `ecs:${action}`, resource: clusterArn(call, clusterName(input.cluster)) },
];

export const clusterOperations: Readonly<Record<string, Operation>> = {
  CreateCluster: operation<sdk.CreateClusterRequest, sdk.CreateClusterResponse>({ handle: create }),
  DescribeClusters: operation<sdk.DescribeClustersRequest, sdk.DescribeClustersResponse>({
    authorize: (input, call) =>
      (input.clusters ?? [DEFAULT_CLUSTER]).map((name) => ({
        action: 'ecs:DescribeClusters',
        resource: clusterArn(call, clusterName(name)),
      })),
    handle: describe,
  }),
  ListClusters: operation<sdk.ListClustersRequest, sdk.ListClustersResponse>({ handle: list }),
  DeleteCluster: operation<sdk.DeleteClusterRequest, sdk.DeleteClusterResponse>({ authorize: onCluster('DeleteCluster'), handle: remove }),
  UpdateCluster: operation<sdk.UpdateClusterRequest, sdk.UpdateClusterResponse>({ authorize: onCluster('UpdateCluster'), handle: update }),
  UpdateClusterSettings: operation<sdk.UpdateClusterSettingsRequest, sdk.UpdateClusterSettingsResponse>({
    authorize: onCluster('UpdateClusterSettings'),
    handle: updateSettings,
  }),
  PutClusterCapacityProviders: operation<sdk.PutClusterCapacityProvidersRequest, sdk.PutClusterCapacityProvidersResponse>({
    authorize: onCluster('PutClusterCapacityProviders'),
    handle: putProviders,
  }),
};
