// Services of namespaces, and tags of both.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-servicediscovery';
import { AwsError } from '../../gateway/errors.ts';
import type { Table } from '../../state/tables.ts';
import { arn, parseArn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { meetsFilters, page } from './listing.ts';
import {
  cloudMapTables,
  idOf,
  instancesOf,
  namespaceIdOf,
  newId,
  recordOperation,
  requireNamespace,
  requireService,
  type Service,
  type Tag,
} from './state.ts';

const MAX_TAGS = 50;

function shown({ tags: _tags, revision: _revision, attributes: _attributes, ...service }: Service, call: Call): Timestamped<sdk.Service> {
  return { ...service, InstanceCount: instancesOf(call.tables, call, service.Id ?? '').length };
}

function save(service: Service, call: Call): Service {
  cloudMapTables(call.tables).services.put(scopeKey(call, service.Id ?? ''), service);
  return service;
}

function create(input: Timestamped<sdk.CreateServiceRequest>, call: Call): { Service: Timestamped<sdk.Service> } {
  const namespaceId = input.NamespaceId ?? input.DnsConfig?.NamespaceId;
  if (!call.takesPlaceholders) {
    if (namespaceId === undefined) {
      throw new AwsError('InvalidInput', 'A namespace must be given by NamespaceId or by DnsConfig.NamespaceId.');
    }
    const namespace = requireNamespace(namespaceId, call);
    if (namespace.Type === 'HTTP' && input.DnsConfig) {
      throw new AwsError('InvalidInput', 'DnsConfig is not supported for services in HTTP namespaces.');
    }
  }
  const same = cloudMapTables(call.tables)
    .services.list(`${scopeKey(call)}/`)
    .find((one) => one.Name === input.Name && namespaceIdOf(one) === idOf(namespaceId));
  if (same) {
    throw new AwsError('ServiceAlreadyExists', `Service with name ${input.Name ?? ''} already exists in namespace ${namespaceId ?? ''}.`, {
      fields: { CreatorRequestId: same.CreatorRequestId, ServiceId: same.Id, ServiceArn: same.Arn },
    });
  }
  const { Tags: tags, NamespaceId: given, ...settings } = input;
  const id = newId('srv-');
  const type = input.Type ?? (input.DnsConfig ? 'DNS_HTTP' : 'HTTP');
  const service = save(
    {
      ...settings,
      Id: id,
      Arn: arn('servicediscovery', call, `service/${id}`),
      ...(given === undefined ? {} : { NamespaceId: idOf(given) }),
      ...(input.DnsConfig
        ? { DnsConfig: { ...(input.DnsConfig.RoutingPolicy ? {} : { RoutingPolicy: 'MULTIVALUE' as const }), ...input.DnsConfig } }
        : {}),
      Type: type,
      CreateDate: call.clock.now(),
      CreatorRequestId: input.CreatorRequestId ?? randomUUID(),
      tags: tags ?? [],
      revision: 0,
      attributes: {},
    },
    call,
  );
  return { Service: shown(service, call) };
}

function update(input: Timestamped<sdk.UpdateServiceRequest>, call: Call): { OperationId: string } {
  const service = requireService(input.Id, call);
  const change = input.Service;
  // What the request leaves out of these two is deleted (API reference, "UpdateService").
  const { DnsConfig: dnsBefore, HealthCheckConfig: _checks, ...kept } = service;
  save(
    {
      ...kept,
      ...(change?.Description === undefined ? {} : { Description: change.Description }),
      ...(change?.DnsConfig ? { DnsConfig: { ...dnsBefore, DnsRecords: change.DnsConfig.DnsRecords } } : {}),
      ...(change?.HealthCheckConfig ? { HealthCheckConfig: change.HealthCheckConfig } : {}),
    },
    call,
  );
  return recordOperation(call, call, 'UPDATE_SERVICE', { SERVICE: service.Id ?? '' });
}

function tagged(resourceArn: string | undefined, call: Call): { table: Table<{ tags: Tag[] }>; key: string; record: { tags: Tag[] } } {
  const parsed = parseArn(resourceArn ?? '');
  const [type, id = ''] = parsed?.resource.split('/') ?? [];
  const tables = cloudMapTables(call.tables);
  const table: Table<{ tags: Tag[] }> | undefined =
    type === 'namespace' ? tables.namespaces : type === 'service' ? tables.services : undefined;
  const key = scopeKey(parsed ?? call, id);
  const record = table?.get(key);
  if (!table || !record) {
    throw new AwsError('ResourceNotFoundException', `Resource not found: ${resourceArn ?? ''}`);
  }
  return { table, key, record };
}

export const serviceOperations: Readonly<Record<string, Operation>> = {
  CreateService: operation<sdk.CreateServiceRequest, sdk.CreateServiceResponse>({ handle: create }),
  UpdateService: operation<sdk.UpdateServiceRequest, sdk.UpdateServiceResponse>({ handle: update }),
  GetService: operation<sdk.GetServiceRequest, sdk.GetServiceResponse>({
    handle: (input, call) => ({ Service: shown(requireService(input.Id, call), call) }),
  }),
  ListServices: operation<sdk.ListServicesRequest, sdk.ListServicesResponse>({
    handle: (input, call) => {
      const found = cloudMapTables(call.tables)
        .services.list(`${scopeKey(call)}/`)
        .filter((one) => meetsFilters(input.Filters, (name) => (name === 'NAMESPACE_ID' ? namespaceIdOf(one) : undefined)))
        .sort((left, right) => (left.CreateDate ?? 0) - (right.CreateDate ?? 0));
      const { items, nextToken } = page(found, input);
      return {
        Services: items.map((one) => shown(one, call)).map(({ CreatorRequestId: _id, NamespaceId: _namespace, ...summary }) => summary),
        NextToken: nextToken,
      };
    },
  }),
  DeleteService: operation<sdk.DeleteServiceRequest, sdk.DeleteServiceResponse>({
    handle: (input, call) => {
      const service = requireService(input.Id, call);
      if (instancesOf(call.tables, call, service.Id ?? '').length > 0) {
        throw new AwsError('ResourceInUse', 'Service contains registered instances; delete the instances before deleting the service');
      }
      cloudMapTables(call.tables).services.delete(scopeKey(call, service.Id ?? ''));
      return {};
    },
  }),
  GetServiceAttributes: operation<sdk.GetServiceAttributesRequest, sdk.GetServiceAttributesResponse>({
    handle: (input, call) => {
      const service = requireService(input.ServiceId, call);
      return { ServiceAttributes: { ServiceArn: service.Arn, Attributes: service.attributes } };
    },
  }),
  UpdateServiceAttributes: operation<sdk.UpdateServiceAttributesRequest, object>({
    handle: (input, call) => {
      const service = requireService(input.ServiceId, call);
      save({ ...service, attributes: { ...service.attributes, ...input.Attributes } }, call);
      return {};
    },
  }),
  DeleteServiceAttributes: operation<sdk.DeleteServiceAttributesRequest, object>({
    handle: (input, call) => {
      const service = requireService(input.ServiceId, call);
      save(
        {
          ...service,
          attributes: Object.fromEntries(Object.entries(service.attributes).filter(([name]) => !input.Attributes?.includes(name))),
        },
        call,
      );
      return {};
    },
  }),
  TagResource: operation<sdk.TagResourceRequest, object>({
    handle: (input, call) => {
      const { table, key, record } = tagged(input.ResourceARN, call);
      const added = (input.Tags ?? []).map(({ Key, Value }) => ({ Key, Value }));
      const tags = [...record.tags.filter((tag) => !added.some((one) => one.Key === tag.Key)), ...added];
      if (tags.length > MAX_TAGS) {
        throw new AwsError('TooManyTagsException', `A resource has at most ${MAX_TAGS} tags.`, {
          fields: { ResourceName: input.ResourceARN },
        });
      }
      table.put(key, { ...record, tags });
      return {};
    },
  }),
  UntagResource: operation<sdk.UntagResourceRequest, object>({
    handle: (input, call) => {
      const { table, key, record } = tagged(input.ResourceARN, call);
      table.put(key, { ...record, tags: record.tags.filter((tag) => !input.TagKeys?.includes(tag.Key ?? '')) });
      return {};
    },
  }),
  ListTagsForResource: operation<sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResponse>({
    handle: (input, call) => ({ Tags: tagged(input.ResourceARN, call).record.tags }),
  }),
};
