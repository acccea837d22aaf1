// Groups of traces, how traces are encrypted, and tags.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-xray';
import { AwsError } from '../../gateway/errors.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { xrayTables, type Group } from './state.ts';

function requireGroup(input: { GroupName?: string; GroupARN?: string }, call: Call): Group {
  const group = xrayTables(call.tables)
    .groups.list(`${scopeKey(call)}/`)
    .find((one) => one.GroupName === input.GroupName || one.GroupARN === input.GroupARN);
  if (!group) {
    throw new AwsError('InvalidRequestException', 'Group not found.');
  }
  return group;
}

function save(group: Group, call: Call): Group {
  xrayTables(call.tables).groups.put(scopeKey(call, group.GroupName ?? ''), group);
  return group;
}

function shown({ tags: _tags, ...group }: Group): Timestamped<sdk.Group> {
  return group;
}

export const groupOperations: Readonly<Record<string, Operation>> = {
  CreateGroup: operation<sdk.CreateGroupRequest, sdk.CreateGroupResult>({
    handle: (input, call) => {
      const name = input.GroupName ?? '';
      if (xrayTables(call.tables).groups.has(scopeKey(call, name))) {
        throw new AwsError('InvalidRequestException', 'Group already exists.');
      }
      const group = save(
        {
          GroupName: name,
          GroupARN: arn('xray', call, `group/${name}/${randomUUID().toUpperCase()}`),
          FilterExpression: input.FilterExpression,
          InsightsConfiguration: { InsightsEnabled: false, NotificationsEnabled: false, ...input.InsightsConfiguration },
          tags: input.Tags ?? [],
        },
        call,
      );
      return { Group: shown(group) };
    },
  }),
  GetGroup: operation<sdk.GetGroupRequest, sdk.GetGroupResult>({ handle: (input, call) => ({ Group: shown(requireGroup(input, call)) }) }),
  GetGroups: operation<sdk.GetGroupsRequest, sdk.GetGroupsResult>({
    handle: (_input, call) => ({
      Groups: xrayTables(call.tables)
        .groups.list(`${scopeKey(call)}/`)
        .map(shown),
    }),
  }),
  UpdateGroup: operation<sdk.UpdateGroupRequest, sdk.UpdateGroupResult>({
    handle: (input, call) => {
      const group = requireGroup(input, call);
      const changed = {
        ...group,
        FilterExpression: input.FilterExpression ?? group.FilterExpression,
        InsightsConfiguration: { ...group.InsightsConfiguration, ...input.InsightsConfiguration },
      };
      return { Group: shown(save(changed, call)) };
    },
  }),
  DeleteGroup: operation<sdk.DeleteGroupRequest, sdk.DeleteGroupResult>({
    handle: (input, call) => {
      xrayTables(call.tables).groups.delete(scopeKey(call, requireGroup(input, call).GroupName ?? ''));
      return {};
    },
  }),
  GetEncryptionConfig: operation<sdk.GetEncryptionConfigRequest, sdk.GetEncryptionConfigResult>({
    handle: (_input, call) => ({
      EncryptionConfig: xrayTables(call.tables).encryption.get(scopeKey(call)) ?? { Type: 'NONE', Status: 'ACTIVE' },
    }),
  }),
  PutEncryptionConfig: operation<sdk.PutEncryptionConfigRequest, sdk.PutEncryptionConfigResult>({
    handle: (input, call) => {
      const EncryptionConfig = { Type: input.Type, KeyId: input.KeyId, Status: 'ACTIVE' as const };
      xrayTables(call.tables).encryption.put(scopeKey(call), EncryptionConfig);
      return { EncryptionConfig };
    },
  }),
  TagResource: operation<sdk.TagResourceRequest, sdk.TagResourceResponse>({
    handle: (input, call) => {
      const group = requireGroup({ GroupARN: input.ResourceARN }, call);
      save({ ...group, tags: [...new Map([...group.tags, ...(input.Tags ?? [])].map((tag) => [tag.Key, tag])).values()] }, call);
      return {};
    },
  }),
  UntagResource: operation<sdk.UntagResourceRequest, sdk.UntagResourceResponse>({
    handle: (input, call) => {
      const group = requireGroup({ GroupARN: input.ResourceARN }, call);
      save({ ...group, tags: group.tags.filter((tag) => !input.TagKeys?.includes(tag.Key ?? '')) }, call);
      return {};
    },
  }),
  ListTagsForResource: operation<sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResponse>({
    handle: (input, call) => ({ Tags: requireGroup({ GroupARN: input.ResourceARN }, call).tags }),
  }),
};
