// Subscription filters, the destinations they can lead to, and resource policies: kept as they are given; the endpoint delivers nothing to other services.
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { streamPrefix } from './keys.ts';
import { invalid, invalidToken, notFound } from './errors.ts';
import { filterPattern } from './filter-pattern.ts';
import { requireGroup } from './groups.ts';
import { destinations, resourcePolicies, subscriptionFilters, type Destination } from './state.ts';

const LIST_LIMIT = 50;
const MAX_FILTERS = 2;
const MAX_POLICIES = 10;

function putFilter(input: Timestamped<sdk.PutSubscriptionFilterRequest>, call: Call): object {
  const group = requireGroup(input.logGroupName ?? '', call).logGroupName;
  const target = input.destinationArn ?? '';
  if (!/^arn:aws[a-z-]*:(lambda|kinesis|firehose|logs):/.test(target)) {
    throw invalid(`Service '${target.split(':')[2] ?? ''}' has not implemented for put_subscription_filter()`);
  }
  try {
    filterPattern(input.filterPattern ?? '');
  } catch (error) {
    throw invalid(`Invalid filter pattern: ${error instanceof Error ? error.message : String(error)}`);
  }
  const table = subscriptionFilters(call.tables);
  const key = streamPrefix(call, group) + (input.filterName ?? '');
  if (!table.has(key) && table.list(streamPrefix(call, group)).length >= MAX_FILTERS) {
    throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
  }
  table.put(key, {
    filterName: input.filterName,
    logGroupName: group,
    filterPattern: input.filterPattern,
    destinationArn: target,
    roleArn: input.roleArn,
    distribution: input.distribution ?? 'ByLogStream',
    creationTime: table.get(key)?.creationTime ?? call.clock.now(),
  });
  return {};
}

function requireDestination(name: string | undefined, call: Call): Destination {
  const found = destinations(call.tables).get(scopeKey(call, name ?? ''));
  if (!found) {
    throw notFound('The specified destination does not exist.');
  }
  return found;
}

function shownDestination({ tags: _tags, ...destination }: Destination): Timestamped<sdk.Destination> {
  return destination;
}

export const subscriptionOperations: Readonly<Record<string, Operation>> = {
  PutSubscriptionFilter: operation<sdk.PutSubscriptionFilterRequest, object>({ handle: putFilter }),
  DescribeSubscriptionFilters: operation<sdk.DescribeSubscriptionFiltersRequest, sdk.DescribeSubscriptionFiltersResponse>({
    handle: (input, call) => {
      const group = requireGroup(input.logGroupName ?? '', call).logGroupName;
      const filters = subscriptionFilters(call.tables).list(streamPrefix(call, group) + (input.filterNamePrefix ?? ''));
      const page = pageOf(filters, input.nextToken, input.limit ?? LIST_LIMIT, invalidToken);
      return { subscriptionFilters: page.items, nextToken: page.nextToken };
    },
  }),
  DeleteSubscriptionFilter: operation<sdk.DeleteSubscriptionFilterRequest, object>({
    handle: (input, call) => {
      const group = requireGroup(input.logGroupName ?? '', call).logGroupName;
      if (!subscriptionFilters(call.tables).delete(streamPrefix(call, group) + (input.filterName ?? ''))) {
        throw notFound('The specified subscription filter does not exist.');
      }
      return {};
    },
  }),
  PutDestination: operation<sdk.PutDestinationRequest, sdk.PutDestinationResponse>({
    handle: (input, call) => {
      const key = scopeKey(call, input.destinationName ?? '');
      const before = destinations(call.tables).get(key);
      const destination: Destination = {
        ...before,
        destinationName: input.destinationName,
        targetArn: input.targetArn,
        roleArn: input.roleArn,
        arn: arn('logs', call, `destination:${input.destinationName ?? ''}`),
        creationTime: before?.creationTime ?? call.clock.now(),
        tags: { ...before?.tags, ...input.tags },
      };
      destinations(call.tables).put(key, destination);
      return { destination: shownDestination(destination) };
    },
  }),
  PutDestinationPolicy: operation<sdk.PutDestinationPolicyRequest, object>({
    handle: (input, call) => {
      const destination = requireDestination(input.destinationName, call);
      destinations(call.tables).put(scopeKey(call, input.destinationName ?? ''), { ...destination, accessPolicy: input.accessPolicy });
      return {};
    },
  }),
  DescribeDestinations: operation<sdk.DescribeDestinationsRequest, sdk.DescribeDestinationsResponse>({
    handle: (input, call) => {
      const found = destinations(call.tables).list(scopeKey(call, input.DestinationNamePrefix ?? ''));
      const page = pageOf(found, input.nextToken, input.limit ?? LIST_LIMIT, invalidToken);
      return { destinations: page.items.map(shownDestination), nextToken: page.nextToken };
    },
  }),
  DeleteDestination: operation<sdk.DeleteDestinationRequest, object>({
    handle: (input, call) => {
      requireDestination(input.destinationName, call);
      destinations(call.tables).delete(scopeKey(call, input.destinationName ?? ''));
      return {};
    },
  }),
  PutResourcePolicy: operation<sdk.PutResourcePolicyRequest, sdk.PutResourcePolicyResponse>({
    handle: (input, call) => {
      const table = resourcePolicies(call.tables);
      const key = scopeKey(call, input.policyName ?? '');
      if (!table.has(key) && table.list(`${scopeKey(call)}/`).length >= MAX_POLICIES) {
        throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
      }
      const policy = { policyName: input.policyName, policyDocument: input.policyDocument, lastUpdatedTime: call.clock.now() };
      table.put(key, policy);
      return { resourcePolicy: policy };
    },
  }),
  DescribeResourcePolicies: operation<sdk.DescribeResourcePoliciesRequest, sdk.DescribeResourcePoliciesResponse>({
    handle: (input, call) => {
      const policies = resourcePolicies(call.tables).list(`${scopeKey(call)}/`);
      const page = pageOf(policies, input.nextToken, input.limit ?? LIST_LIMIT, invalidToken);
      return { resourcePolicies: page.items, nextToken: page.nextToken };
    },
  }),
  DeleteResourcePolicy: operation<sdk.DeleteResourcePolicyRequest, object>({
    handle: (input, call) => {
      if (!resourcePolicies(call.tables).delete(scopeKey(call, input.policyName ?? ''))) {
        throw notFound(`Policy with name [${input.policyName ?? ''}] does not exist`);
      }
      return {};
    },
  }),
};
