// Tags of groups, and the filters of groups by them.
import type * as sdk from '@aws-sdk/client-auto-scaling';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Operation, type Timestamped } from '../service.ts';
import { AwsError } from '../../gateway/errors.ts';
import { groupTables, requireGroup, validation, type Group } from './state.ts';

type Tag = Timestamped<sdk.Tag>;

export function tagsOf(tags: readonly Tag[] | undefined, group: string): Timestamped<sdk.TagDescription>[] {
  return (tags ?? []).map(({ Key, Value = '', PropagateAtLaunch = false }) => ({
    ResourceId: group,
    ResourceType: 'auto-scaling-group',
    Key,
    Value,
    PropagateAtLaunch,
  }));
}

interface Filter {
  Name?: string | undefined;
  Values?: string[] | undefined;
}

export function groupFilter(filters: readonly Filter[] | undefined): (group: Group) => boolean {
  return (group) =>
    (filters ?? []).every(({ Name = '', Values = [] }) => {
      const tags = group.Tags ?? [];
      if (Name === 'tag-key') {
        return tags.some((tag) => Values.includes(tag.Key ?? ''));
      }
      if (Name === 'tag-value') {
        return tags.some((tag) => Values.includes(tag.Value ?? ''));
      }
      if (Name.startsWith('tag:')) {
        return tags.some((tag) => tag.Key === Name.slice('tag:'.length) && Values.includes(tag.Value ?? ''));
      }
      throw validation(`Filter type ${Name} is not correct. Allowed Filter types are: tag-key, tag-value, tag:<key>`);
    });
}

export const tagOperations: Readonly<Record<string, Operation>> = {
  CreateOrUpdateTags: operation<sdk.CreateOrUpdateTagsType, object>({
    handle: (input, call) => {
      for (const tag of input.Tags ?? []) {
        const group = requireGroup(tag.ResourceId, call);
        const kept = (group.Tags ?? []).filter((one) => one.Key !== tag.Key);
        const added = tagsOf([tag], group.AutoScalingGroupName ?? '');
        groupTables(call.tables).groups.put(scopeKey(call, group.AutoScalingGroupName ?? ''), { ...group, Tags: [...kept, ...added] });
      }
      return {};
    },
  }),
  DeleteTags: operation<sdk.DeleteTagsType, object>({
    handle: (input, call) => {
      for (const tag of input.Tags ?? []) {
        const group = requireGroup(tag.ResourceId, call);
        groupTables(call.tables).groups.put(scopeKey(call, group.AutoScalingGroupName ?? ''), {
          ...group,
          Tags: (group.Tags ?? []).filter((one) => one.Key !== tag.Key),
        });
      }
      return {};
    },
  }),
  DescribeTags: operation<sdk.DescribeTagsType, sdk.TagsType>({
    handle: (input, call) => {
      const all = groupTables(call.tables)
        .groups.list(`${scopeKey(call)}/`)
        .flatMap((group) => group.Tags ?? []);
      const found = all.filter((tag) =>
        (input.Filters ?? []).every(({ Name = '', Values = [] }) => {
          switch (Name) {
            case 'auto-scaling-group':
              return Values.includes(tag.ResourceId ?? '');
            case 'key':
              return Values.includes(tag.Key ?? '');
            case 'value':
              return Values.includes(tag.Value ?? '');
            default:
              return Values.includes(String(tag.PropagateAtLaunch));
          }
        }),
      );
      const page = pageOf(
        found,
        input.NextToken,
        input.MaxRecords ?? 50,
        () => new AwsError('InvalidNextToken', 'The token is not valid.'),
      );
      return { Tags: page.items, NextToken: page.nextToken };
    },
  }),
};
