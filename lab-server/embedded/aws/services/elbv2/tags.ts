// Tags of balancers, groups, listeners and rules, by their ARNs.
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../gateway/errors.ts';
import type { Table } from '../../state/tables.ts';
import { parseArn } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { balancerNotFound, groupNotFound, validationError } from './errors.ts';
import { elbTables, keyOf, type Tag } from './state.ts';

/** Beyond what is documented (50), the service counts only the tags that users set: ten of them by default. */
const MAX_TAGS = 10;
const MAX_KEY = 128;

/** `tags` with `added` in place of those with the same keys. Throws DuplicateTagKeys and TooManyTags. */
export function taggedWith(tags: readonly Tag[], added: readonly Tag[] | undefined): Tag[] {
  const keys = new Set<string>();
  for (const { Key = '' } of added ?? []) {
    if (keys.has(Key)) {
      throw new AwsError('DuplicateTagKeysException', 'Tag keys must be unique');
    }
    if (Key === '' || Key.length > MAX_KEY || Key.toLowerCase().startsWith('aws:')) {
      throw validationError(`The tag key '${Key}' is not valid`);
    }
    keys.add(Key);
  }
  const merged = new Map(tags.map((tag) => [tag.Key ?? '', tag]));
  for (const { Key = '', Value = '' } of added ?? []) {
    merged.set(Key, { Key, Value });
  }
  if (merged.size > MAX_TAGS) {
    throw new AwsError('TooManyTagsException', `The number of tags exceeds the limit of ${MAX_TAGS}`);
  }
  return [...merged.values()];
}

function locate(arn: string, call: Call): { table: Table<{ tags: Tag[] }>; record: { tags: Tag[] } } {
  const tables = elbTables(call.tables);
  const kinds: Readonly<Record<string, { table: Table<{ tags: Tag[] }>; missing: () => AwsError }>> = {
    loadbalancer: { table: tables.loadBalancers, missing: balancerNotFound },
    targetgroup: { table: tables.targetGroups, missing: groupNotFound },
    listener: {
      table: tables.listeners,
      missing: () => new AwsError('ListenerNotFoundException', 'The specified listener does not exist.'),
    },
    'listener-rule': { table: tables.rules, missing: () => new AwsError('RuleNotFoundException', 'The specified rule does not exist.') },
  };
  const type = parseArn(arn)?.resource.split('/')[0] ?? '';
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (!kind) {
    throw validationError(`'${arn}' is not a valid load balancer or target group ARN`);
  }
  const record = kind.table.get(keyOf(arn));
  if (!record) {
    throw kind.missing();
  }
  return { table: kind.table, record };
}

export const tagOperations: Readonly<Record<string, Operation>> = {
  AddTags: operation<sdk.AddTagsInput, object>({
    handle: (input, call) => {
      for (const arn of input.ResourceArns ?? []) {
        const { table, record } = locate(arn, call);
        table.put(keyOf(arn), { ...record, tags: taggedWith(record.tags, input.Tags) });
      }
      return {};
    },
  }),
  RemoveTags: operation<sdk.RemoveTagsInput, object>({
    handle: (input, call) => {
      for (const arn of input.ResourceArns ?? []) {
        const { table, record } = locate(arn, call);
        table.put(keyOf(arn), { ...record, tags: record.tags.filter((tag) => !input.TagKeys?.includes(tag.Key ?? '')) });
      }
      return {};
    },
  }),
  DescribeTags: operation<sdk.DescribeTagsInput, sdk.DescribeTagsOutput>({
    handle: (input, call) => ({
      TagDescriptions: (input.ResourceArns ?? []).map((arn) => ({ ResourceArn: arn, Tags: locate(arn, call).record.tags })),
    }),
  }),
};
