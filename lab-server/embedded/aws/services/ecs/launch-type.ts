// On what a task runs: a launch type, or a capacity provider strategy that shares tasks out (API reference, CapacityProviderStrategyItem).
import type * as sdk from '@aws-sdk/client-ecs';
import { scopeKey } from '../scope.ts';
import type { Call, Timestamped } from '../service.ts';
import { invalidParameter } from './errors.ts';
import { ecsTables, type Cluster, type TaskDefinition } from './state.ts';

export type StrategyItem = Timestamped<sdk.CapacityProviderStrategyItem>;

export interface Capacity {
  launchType: sdk.LaunchType;
  /** In the order in which tasks are placed on them; empty without a strategy. */
  strategy: StrategyItem[];
}

const FARGATE_PROVIDERS = ['FARGATE', 'FARGATE_SPOT'];
const LAUNCH_TYPES = ['EC2', 'FARGATE', 'EXTERNAL'];

/** What a request and its cluster's default amount to. Throws InvalidParameterException. */
export function capacityFor(
  request: { launchType?: string; capacityProviderStrategy?: StrategyItem[] },
  cluster: Cluster,
  definition: TaskDefinition,
  call: Call,
): Capacity {
  if (request.launchType !== undefined && request.capacityProviderStrategy?.length) {
    throw invalidParameter('Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.');
  }
  if (request.launchType !== undefined && !LAUNCH_TYPES.includes(request.launchType)) {
    throw invalidParameter(`launch type should be one of [${LAUNCH_TYPES.join(',')}]`);
  }
  const strategy = request.capacityProviderStrategy?.length
    ? request.capacityProviderStrategy
    : request.launchType === undefined
      ? (cluster.defaultCapacityProviderStrategy ?? [])
      : [];
  for (const { capacityProvider = '' } of strategy) {
    if (!FARGATE_PROVIDERS.includes(capacityProvider) && !ecsTables(call.tables).capacityProviders.has(scopeKey(call, capacityProvider))) {
      throw invalidParameter('The specified capacity provider was not found.');
    }
    if (!cluster.capacityProviders?.includes(capacityProvider) && !call.takesPlaceholders) {
      throw invalidParameter(
        'The specified capacity provider strategy contains a capacity provider that is not associated with the cluster.',
      );
    }
  }
  const kinds = new Set(strategy.map((item) => FARGATE_PROVIDERS.includes(item.capacityProvider ?? '')));
  if (kinds.size > 1) {
    throw invalidParameter(
      'A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate.',
    );
  }
  const launchType = (request.launchType ?? (kinds.has(true) ? 'FARGATE' : 'EC2')) as sdk.LaunchType;
  if (!definition.compatibilities?.includes(launchType) && !call.takesPlaceholders) {
    throw invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  }
  return { launchType, strategy: strategy.map((item) => ({ ...item })) };
}

/** The provider for the next task, given how many each has: first the bases, then by weight. */
export function nextProvider(strategy: readonly StrategyItem[], counts: ReadonlyMap<string, number>): string | undefined {
  const needsBase = strategy.find((item) => (counts.get(item.capacityProvider ?? '') ?? 0) < (item.base ?? 0));
  if (needsBase) {
    return needsBase.capacityProvider;
  }
  // A single provider without a weight gets everything; in a longer list a weight of zero gets nothing.
  const weighed = strategy.filter((item) => (item.weight ?? 0) > 0);
  const candidates = weighed.length > 0 ? weighed : strategy.slice(0, 1);
  const load = (item: StrategyItem): number =>
    ((counts.get(item.capacityProvider ?? '') ?? 0) - (item.base ?? 0)) / Math.max(1, item.weight ?? 1);
  return candidates.toSorted((left, right) => load(left) - load(right))[0]?.capacityProvider;
}
