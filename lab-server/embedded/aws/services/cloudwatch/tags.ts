// Tags of alarms and insight rules, by their ARNs.
import type * as sdk from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../gateway/errors.ts';
import { parseArn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { cloudWatchTables, type Tag } from './state.ts';

interface Tagged {
  tags: Tag[];
  put(tags: Tag[]): void;
}

function find(resourceArn: string | undefined, call: Call): Tagged | undefined {
  const parsed = parseArn(resourceArn ?? '');
  const { alarms, insightRules } = cloudWatchTables(call.tables);
  if (!parsed || parsed.service !== 'cloudwatch') {
    return undefined;
  }
  const alarmName = /^alarm:(.+)$/.exec(parsed.resource)?.[1];
  const alarm = alarmName === undefined ? undefined : alarms.get(scopeKey(parsed, alarmName));
  if (alarm && alarmName !== undefined) {
    return { tags: alarm.tags, put: (tags) => alarms.put(scopeKey(parsed, alarmName), { ...alarm, tags }) };
  }
  const ruleName = /^insight-rule\/(.+)$/.exec(parsed.resource)?.[1];
  const rule = ruleName === undefined ? undefined : insightRules.get(scopeKey(parsed, ruleName));
  return rule && ruleName !== undefined
    ? { tags: rule.tags, put: (tags) => insightRules.put(scopeKey(parsed, ruleName), { ...rule, tags }) }
    : undefined;
}

function require(resourceArn: string | undefined, call: Call): Tagged {
  const found = find(resourceArn, call);
  if (!found) {
    throw new AwsError('ResourceNotFoundException', 'Unknown', { fields: { ResourceType: 'unknown', ResourceId: resourceArn } });
  }
  return found;
}

export const tagOperations: Readonly<Record<string, Operation>> = {
  TagResource: operation<sdk.TagResourceInput, object>({
    handle: (input, call) => {
      const found = require(input.ResourceARN, call);
      const added = (input.Tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
      const kept = found.tags.filter((tag) => !added.some((one) => one.Key === tag.Key));
      found.put([...kept, ...added]);
      return {};
    },
  }),
  UntagResource: operation<sdk.UntagResourceInput, object>({
    handle: (input, call) => {
      const found = require(input.ResourceARN, call);
      found.put(found.tags.filter((tag) => !input.TagKeys?.includes(tag.Key ?? '')));
      return {};
    },
  }),
  ListTagsForResource: operation<sdk.ListTagsForResourceInput, sdk.ListTagsForResourceOutput>({
    handle: (input, call) => ({ Tags: find(input.ResourceARN, call)?.tags ?? [] }),
  }),
};
