// Log groups: made, listed, kept for so many days, tagged, deleted.
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { streamKey, streamPrefix } from './keys.ts';
import { checkGroupName, checkLimit, constraint, exists, invalid, invalidToken, noGroup } from './errors.ts';
import { logGroups, logStreams, metricFilters, subscriptionFilters, type LogGroup } from './state.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;

const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
const LIST_LIMIT = 50;
/** Bytes that an event counts beside its message. */
const EVENT_OVERHEAD = 26;

/** The name that a name or ARN stands for. */
export function groupName(input: { logGroupName?: string; logGroupIdentifier?: string }): string {
  const given = input.logGroupName ?? input.logGroupIdentifier ?? '';
  return /^arn:aws[^:]*:logs:[^:]*:\d+:log-group:([^:]+)/.exec(given)?.[1] ?? given;
}

export function requireGroup(name: string, call: Call): LogGroup {
  const group = logGroups(call.tables).get(scopeKey(call, name));
  if (!group) {
    throw noGroup();
  }
  return group;
}

function shown(group: LogGroup, call: Call): Timestamped<sdk.LogGroup> {
  const { tags: _tags, ...rest } = group;
  const streams = logStreams(call.tables).list(streamPrefix(call, group.logGroupName));
  return {
    ...rest,
    logGroupClass: group.logGroupClass as sdk.LogGroupClass,
    logGroupArn: group.arn,
    arn: `${group.arn}:*`,
    metricFilterCount: metricFilters(call.tables).list(streamPrefix(call, group.logGroupName)).length,
    storedBytes: streams.reduce(
      (sum, stream) => sum + stream.events.reduce((bytes, event) => bytes + event.message.length + EVENT_OVERHEAD, 0),
      0,
    ),
  };
}

function create(input: Timestamped<sdk.CreateLogGroupRequest>, call: Call): object {
  const name = input.logGroupName ?? '';
  checkGroupName(name);
  const groups = logGroups(call.tables);
  const key = scopeKey(call, name);
  if (groups.has(key)) {
    throw exists('The specified log group already exists');
  }
  groups.put(key, {
    logGroupName: name,
    arn: arn('logs', call, `log-group:${name}`),
    creationTime: call.clock.now(),
    kmsKeyId: input.kmsKeyId,
    logGroupClass: input.logGroupClass ?? 'STANDARD',
    tags: input.tags ?? {},
  });
  return {};
}

function remove(input: Timestamped<sdk.DeleteLogGroupRequest>, call: Call): object {
  const { logGroupName } = requireGroup(input.logGroupName ?? '', call);
  for (const stream of logStreams(call.tables).list(streamPrefix(call, logGroupName))) {
    logStreams(call.tables).delete(streamKey(call, logGroupName, stream.logStreamName));
  }
  for (const table of [metricFilters(call.tables), subscriptionFilters(call.tables)]) {
    for (const [key] of table.entries(streamPrefix(call, logGroupName))) {
      table.delete(key);
    }
  }
  logGroups(call.tables).delete(scopeKey(call, logGroupName));
  return {};
}

function describe(input: Timestamped<sdk.DescribeLogGroupsRequest>, call: Call): Answer<sdk.DescribeLogGroupsResponse> {
  checkLimit(input.limit, LIST_LIMIT);
  if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
    throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  }
  const pattern = input.logGroupNamePattern?.toLowerCase();
  const wanted = input.logGroupIdentifiers?.map((identifier) => groupName({ logGroupIdentifier: identifier }));
  const groups = logGroups(call.tables)
    .list(scopeKey(call, input.logGroupNamePrefix ?? ''))
    .filter(
      (group) =>
        (pattern === undefined || group.logGroupName.toLowerCase().includes(pattern)) &&
        (wanted === undefined || wanted.includes(group.logGroupName)) &&
        (input.logGroupClass === undefined || group.logGroupClass === input.logGroupClass),
    );
  // A token that is none of ours finds nothing, as AWS answers it.
  const page =
    input.nextToken !== undefined && !isToken(input.nextToken)
      ? { items: [], nextToken: undefined }
      : pageOf(groups, input.nextToken, input.limit ?? LIST_LIMIT, invalidToken);
  return { logGroups: page.items.map((group) => shown(group, call)), nextToken: page.nextToken };
}

function isToken(token: string): boolean {
  return Buffer.from(token, 'base64url').toString('utf8').startsWith('page:');
}

export function changeGroup(name: string, call: Call, change: (group: LogGroup) => LogGroup): object {
  const group = requireGroup(name, call);
  logGroups(call.tables).put(scopeKey(call, group.logGroupName), change(group));
  return {};
}

function putRetention(input: Timestamped<sdk.PutRetentionPolicyRequest>, call: Call): object {
  if (!RETENTION_DAYS.includes(input.retentionInDays ?? 0)) {
    throw constraint(
      input.retentionInDays,
      'retentionInDays',
      `Member must satisfy enum value set: [${RETENTION_DAYS.toSorted((left, right) => left - right).join(', ')}]`,
    );
  }
  return changeGroup(input.logGroupName ?? '', call, (group) => ({ ...group, retentionInDays: input.retentionInDays }));
}

export function withoutKeys(tags: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}

export const groupOperations: Readonly<Record<string, Operation>> = {
  CreateLogGroup: operation<sdk.CreateLogGroupRequest, object>({ handle: create }),
  DeleteLogGroup: operation<sdk.DeleteLogGroupRequest, object>({ handle: remove }),
  DescribeLogGroups: operation<sdk.DescribeLogGroupsRequest, sdk.DescribeLogGroupsResponse>({ handle: describe }),
  ListLogGroups: operation<sdk.ListLogGroupsRequest, sdk.ListLogGroupsResponse>({
    handle: (input, call) => {
      const pattern = input.logGroupNamePattern?.toLowerCase() ?? '';
      const groups = logGroups(call.tables)
        .list(`${scopeKey(call)}/`)
        .filter(
          (group) =>
            (pattern.startsWith('^')
              ? group.logGroupName.toLowerCase().startsWith(pattern.slice(1))
              : group.logGroupName.toLowerCase().includes(pattern)) &&
            (input.logGroupClass === undefined || group.logGroupClass === input.logGroupClass),
        );
      const page = pageOf(groups, input.nextToken, input.limit ?? LIST_LIMIT, invalidToken);
      return {
        logGroups: page.items.map((group) => ({
          logGroupName: group.logGroupName,
          logGroupArn: group.arn,
          logGroupClass: group.logGroupClass as sdk.LogGroupClass,
        })),
        nextToken: page.nextToken,
      };
    },
  }),
  PutRetentionPolicy: operation<sdk.PutRetentionPolicyRequest, object>({ handle: putRetention }),
  DeleteRetentionPolicy: operation<sdk.DeleteRetentionPolicyRequest, object>({
    handle: (input, call) => changeGroup(input.logGroupName ?? '', call, ({ retentionInDays: _days, ...group }) => group),
  }),
  AssociateKmsKey: operation<sdk.AssociateKmsKeyRequest, object>({
    handle: (input, call) =>
      changeGroup(groupName({ logGroupName: input.logGroupName, logGroupIdentifier: input.resourceIdentifier }), call, (group) => ({
        ...group,
        kmsKeyId: input.kmsKeyId,
      })),
  }),
  DisassociateKmsKey: operation<sdk.DisassociateKmsKeyRequest, object>({
    handle: (input, call) =>
      changeGroup(
        groupName({ logGroupName: input.logGroupName, logGroupIdentifier: input.resourceIdentifier }),
        call,
        ({ kmsKeyId: _key, ...group }) => group,
      ),
  }),
  TagLogGroup: operation<sdk.TagLogGroupRequest, object>({
    handle: (input, call) => changeGroup(input.logGroupName ?? '', call, (group) => ({ ...group, tags: { ...group.tags, ...input.tags } })),
  }),
  UntagLogGroup: operation<sdk.UntagLogGroupRequest, object>({
    handle: (input, call) =>
      changeGroup(input.logGroupName ?? '', call, (group) => ({ ...group, tags: withoutKeys(group.tags, input.tags ?? []) })),
  }),
  ListTagsLogGroup: operation<sdk.ListTagsLogGroupRequest, sdk.ListTagsLogGroupResponse>({
    handle: (input, call) => ({ tags: requireGroup(input.logGroupName ?? '', call).tags }),
  }),
};
