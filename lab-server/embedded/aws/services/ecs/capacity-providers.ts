// Capacity providers: the two of Fargate that every account has, and those of Auto Scaling groups.
import type * as sdk from '@aws-sdk/client-ecs';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkTags } from '../tags.ts';
import { clientException, invalidParameter } from './errors.ts';
import { idOf, isValidName } from './names.ts';
import { ecsTables, type CapacityProvider } from './state.ts';

const PAGE = 10;
const FARGATE = ['FARGATE', 'FARGATE_SPOT'];

function fargate(call: Call): CapacityProvider[] {
  return FARGATE.map((name) => ({
    capacityProviderArn: arn('ecs', call, `capacity-provider/${name}`),
    name,
    status: 'ACTIVE',
    tags: [],
  }));
}

function requireProvider(reference: string | undefined, call: Call): CapacityProvider {
  const provider = ecsTables(call.tables).capacityProviders.get(scopeKey(call, idOf(reference ?? '')));
  if (!provider) {
    throw clientException('The specified capacity provider does not exist. Specify a valid name or ARN and try again.');
  }
  return provider;
}

function create(input: Timestamped<sdk.CreateCapacityProviderRequest>, call: Call): { capacityProvider: CapacityProvider } {
  const name = input.name ?? '';
  if (!isValidName(name) || /^(aws|ecs|fargate)/i.test(name)) {
    throw invalidParameter(
      `The capacity provider name ${name} is invalid: up to 255 letters, numbers, underscores and hyphens, not beginning with aws, ecs or fargate.`,
    );
  }
  checkTags(input.tags);
  const key = scopeKey(call, name);
  if (ecsTables(call.tables).capacityProviders.has(key)) {
    throw clientException(
      'The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider.',
    );
  }
  const group = input.autoScalingGroupProvider;
  if (!group) {
    throw clientException('A capacity provider needs an Auto Scaling group provider.');
  }
  const provider: CapacityProvider = {
    capacityProviderArn: arn('ecs', call, `capacity-provider/${name}`),
    name,
    status: 'ACTIVE',
    autoScalingGroupProvider: {
      ...group,
      managedScaling: {
        status: 'DISABLED',
        targetCapacity: 100,
        minimumScalingStepSize: 1,
        maximumScalingStepSize: 10_000,
        instanceWarmupPeriod: 300,
        ...group.managedScaling,
      },
      managedTerminationProtection: group.managedTerminationProtection ?? 'DISABLED',
      managedDraining: group.managedDraining ?? 'ENABLED',
    },
    tags: input.tags ?? [],
  };
  ecsTables(call.tables).capacityProviders.put(key, provider);
  return { capacityProvider: provider };
}

export const capacityProviderOperations: Readonly<Record<string, Operation>> = {
  CreateCapacityProvider: operation<sdk.CreateCapacityProviderRequest, sdk.CreateCapacityProviderResponse>({ handle: create }),
  DescribeCapacityProviders: operation<sdk.DescribeCapacityProvidersRequest, sdk.DescribeCapacityProvidersResponse>({
    handle: (input, call) => {
      const all = [...fargate(call), ...ecsTables(call.tables).capacityProviders.list(`${scopeKey(call)}/`)];
      const failures: sdk.Failure[] = [];
      const wanted = input.capacityProviders?.length
        ? input.capacityProviders.flatMap((reference) => {
            const found = all.find((provider) => provider.name === idOf(reference));
            if (!found) {
              failures.push({ arn: arn('ecs', call, `capacity-provider/${idOf(reference)}`), reason: 'MISSING' });
            }
            return found ?? [];
          })
        : all;
      const page = pageOf(wanted, input.nextToken, input.maxResults ?? PAGE);
      const withTags = input.include?.includes('TAGS') ?? false;
      return {
        capacityProviders: page.items.map(({ tags, ...provider }) => ({ ...provider, tags: withTags ? (tags ?? []) : [] })),
        failures,
        nextToken: page.nextToken,
      };
    },
  }),
  UpdateCapacityProvider: operation<sdk.UpdateCapacityProviderRequest, sdk.UpdateCapacityProviderResponse>({
    handle: (input, call) => {
      const provider = requireProvider(input.name, call);
      const before = provider.autoScalingGroupProvider;
      const change = input.autoScalingGroupProvider;
      const updated: CapacityProvider = {
        ...provider,
        autoScalingGroupProvider: {
          ...before,
          ...change,
          autoScalingGroupArn: before?.autoScalingGroupArn,
          managedScaling: { ...before?.managedScaling, ...change?.managedScaling },
        },
        updateStatus: 'UPDATE_COMPLETE',
      };
      ecsTables(call.tables).capacityProviders.put(scopeKey(call, provider.name ?? ''), updated);
      return { capacityProvider: updated };
    },
  }),
  DeleteCapacityProvider: operation<sdk.DeleteCapacityProviderRequest, sdk.DeleteCapacityProviderResponse>({
    handle: (input, call) => {
      if (FARGATE.includes(idOf(input.capacityProvider ?? ''))) {
        throw clientException('You cannot delete the FARGATE and FARGATE_SPOT capacity providers.');
      }
      const provider = requireProvider(input.capacityProvider, call);
      const isUsed = ecsTables(call.tables)
        .clusters.list(`${scopeKey(call)}/`)
        .some((cluster) => cluster.status === 'ACTIVE' && cluster.capacityProviders?.includes(provider.name ?? ''));
      if (isUsed) {
        throw new AwsError(
          'ClientException',
          'The capacity provider cannot be deleted because it is associated with a cluster. Remove the capacity provider from the cluster and try again.',
        );
      }
      ecsTables(call.tables).capacityProviders.delete(scopeKey(call, provider.name ?? ''));
      return { capacityProvider: { ...provider, status: 'INACTIVE', updateStatus: 'DELETE_COMPLETE' } };
    },
  }),
};
