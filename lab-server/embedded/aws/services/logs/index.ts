// Amazon CloudWatch Logs.
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type ServiceDefinition } from '../service.ts';
import { noGroup } from './errors.ts';
import { eventOperations } from './events.ts';
import { changeGroup, groupName, groupOperations, requireGroup, withoutKeys } from './groups.ts';
import { metricFilterOperations } from './metric-filters.ts';
import { queryOperations } from './queries.ts';
import { destinations } from './state.ts';
import { subscriptionOperations } from './subscriptions.ts';

interface Tagged {
  tags: Record<string, string>;
  change(tags: Record<string, string>): void;
}

/** The log group or destination of an ARN. */
function tagged(resourceArn: string | undefined, call: Call): Tagged {
  const destination = /:destination:(.+)$/.exec(resourceArn ?? '')?.[1];
  if (destination === undefined) {
    const name = groupName({ logGroupIdentifier: resourceArn });
    return {
      tags: requireGroup(name, call).tags,
      change: (tags) => void changeGroup(name, call, (group) => ({ ...group, tags })),
    };
  }
  const key = scopeKey(call, destination);
  const record = destinations(call.tables).get(key);
  if (!record) {
    throw noGroup();
  }
  return { tags: record.tags ?? {}, change: (tags) => destinations(call.tables).put(key, { ...record, tags }) };
}

export const logs: ServiceDefinition = {
  name: 'logs',
  operations: {
    ...groupOperations,
    ...eventOperations,
    ...metricFilterOperations,
    ...subscriptionOperations,
    ...queryOperations,
    TagResource: operation<sdk.TagResourceRequest, object>({
      handle: (input, call) => {
        const resource = tagged(input.resourceArn, call);
        resource.change({ ...resource.tags, ...input.tags });
        return {};
      },
    }),
    UntagResource: operation<sdk.UntagResourceRequest, object>({
      handle: (input, call) => {
        const resource = tagged(input.resourceArn, call);
        resource.change(withoutKeys(resource.tags, input.tagKeys ?? []));
        return {};
      },
    }),
    ListTagsForResource: operation<sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResponse>({
      handle: (input, call) => ({ tags: tagged(input.resourceArn, call).tags }),
    }),
  },
  fidelity: {
    version: '2014-03-28',
    gaps: [
      'exports, live tail, deliveries, data protection, anomaly detectors, transformers',
      'subscription filters and destinations are kept; nothing is delivered',
      'Insights knows fields, display, filter, sort, limit, dedup and stats; not parse, and no functions of fields',
      'retention: events are kept beyond their days',
    ],
    differences: ['a stream keeps its newest 5,000 events', 'an Insights query is complete when it is started'],
  },
};
