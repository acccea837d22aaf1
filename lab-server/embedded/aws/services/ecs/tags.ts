// Tags on ECS resources, by their ARN.
import type * as sdk from '@aws-sdk/client-ecs';
import { parseArn, scopeKey, type ParsedArn, type Scope } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { checkTags, mergeTags, withoutTags } from '../tags.ts';
import { clusterNotFound, invalidParameter, resourceNotFound, serviceNotFound } from './errors.ts';
import { ecsTables, type Tag } from './state.ts';
import type { Table } from '../../state/tables.ts';

interface Tagged {
  tags?: Tag[];
}

/** Where a resource's record is. Throws when the ARN is none of ECS's or names nothing. */
function locate(resourceArn: string | undefined, call: Call): { table: Table<Tagged>; key: string; record: Tagged } {
  const parsed = parseArn(resourceArn ?? '');
  if (!parsed || parsed.service !== 'ecs') {
    throw invalidParameter(`Invalid arn: ${resourceArn ?? ''}.`);
  }
  const place = placeOf(parsed, call);
  const record = place?.table.get(place.key);
  if (!record && parsed.resource.startsWith('cluster/')) {
    throw clusterNotFound();
  }
  if (!record && parsed.resource.startsWith('service/')) {
    throw serviceNotFound();
  }
  if (!place || !record) {
    throw resourceNotFound('The specified resource could not be found.');
  }
  return { ...place, record };
}

function placeOf(parsed: ParsedArn, call: Call): { table: Table<Tagged>; key: string } | undefined {
  const tables = ecsTables(call.tables);
  const [type = '', ...rest] = parsed.resource.split('/');
  const name = rest.join('/');
  switch (type) {
    case 'cluster':
      return { table: tables.clusters, key: scopeKey(call, name) };
    case 'task':
      return { table: tables.tasks, key: scopeKey(call, name) };
    case 'service':
      return { table: tables.services, key: scopeKey(call, name) };
    case 'container-instance':
      return { table: tables.containerInstances, key: scopeKey(call, name) };
    case 'capacity-provider':
      return { table: tables.capacityProviders, key: scopeKey(call, name) };
    case 'task-set':
      return { table: tables.taskSets, key: scopeKey(call, name) };
    case 'task-definition': {
      const [family = '', revision = ''] = name.split(':');
      return { table: tables.taskDefinitions, key: definitionKey(call, family, Number(revision)) };
    }
    default:
      return undefined;
  }
}

/** Widest revision number that keys are padded to, so that they sort. */
const REVISION_DIGITS = 9;

export function definitionKey(scope: Scope, family: string, revision: number): string {
  return scopeKey(scope, family, String(revision).padStart(REVISION_DIGITS, '0'));
}

const onResource = (action: string) => (input: { resourceArn?: string }) => [
  { action: `ecs:${action}`, resource: input.resourceArn ?? '*' },
];

export const tagOperations: Readonly<Record<string, Operation>> = {
  TagResource: operation<sdk.TagResourceRequest, sdk.TagResourceResponse>({
    authorize: onResource('TagResource'),
    handle: (input, call) => {
      checkTags(input.tags);
      const { table, key, record } = locate(input.resourceArn, call);
      const tags = mergeTags(record.tags, input.tags ?? []);
      checkTags(tags);
      table.put(key, { ...record, tags });
      return {};
    },
  }),
  UntagResource: operation<sdk.UntagResourceRequest, sdk.UntagResourceResponse>({
    authorize: onResource('UntagResource'),
    handle: (input, call) => {
      const { table, key, record } = locate(input.resourceArn, call);
      table.put(key, { ...record, tags: withoutTags(record.tags, input.tagKeys ?? []) });
      return {};
    },
  }),
  ListTagsForResource: operation<sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResponse>({
    authorize: onResource('ListTagsForResource'),
    handle: (input, call) => ({ tags: locate(input.resourceArn, call).record.tags ?? [] }),
  }),
};
