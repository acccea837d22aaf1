// Namespaces: of HTTP, of DNS within a VPC, of public DNS; and the operations that made them.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-servicediscovery';
import { AwsError } from '../../gateway/errors.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { meetsFilters, page } from './listing.ts';
import { cloudMapTables, namespaceIdOf, newId, recordOperation, requireNamespace, type Namespace, type Tag } from './state.ts';

interface NewNamespace {
  Name?: string;
  CreatorRequestId?: string;
  Description?: string;
  Tags?: Tag[];
  Vpc?: string;
  Properties?: { DnsProperties?: { SOA?: { TTL?: number } } };
}

function hostedZone(): string {
  return `Z${newId('', 20).toUpperCase()}`;
}

function create(type: sdk.NamespaceType, input: NewNamespace, call: Call): { OperationId: string } {
  const name = input.Name ?? '';
  const { namespaces } = cloudMapTables(call.tables);
  const all = namespaces.list(`${scopeKey(call)}/`);
  if (type === 'DNS_PRIVATE' && all.some((one) => one.vpc === input.Vpc && (one.Name === name || call.takesPlaceholders))) {
    throw new AwsError('ConflictingDomainExists', `Namespace with name ${name} and VPC ${input.Vpc ?? ''} conflicts with one that exists.`);
  }
  const same = all.find((one) => one.Name === name && one.Type === type && type === 'HTTP');
  if (same) {
    throw new AwsError('NamespaceAlreadyExists', `Namespace with name ${name} already exists.`, {
      fields: { CreatorRequestId: same.CreatorRequestId, NamespaceId: same.Id },
    });
  }
  const id = newId('ns-');
  const ttl = input.Properties?.DnsProperties?.SOA?.TTL;
  namespaces.put(scopeKey(call, id), {
    Id: id,
    Arn: arn('servicediscovery', call, `namespace/${id}`),
    Name: name,
    Type: type,
    ...(input.Description === undefined ? {} : { Description: input.Description }),
    Properties: {
      DnsProperties: {
        ...(type === 'HTTP' ? { SOA: {} } : { HostedZoneId: hostedZone() }),
        ...(ttl === undefined ? {} : { SOA: { TTL: ttl } }),
      } as sdk.DnsProperties,
      HttpProperties: { HttpName: name },
    },
    CreateDate: call.clock.now(),
    CreatorRequestId: input.CreatorRequestId ?? randomUUID(),
    ...(input.Vpc === undefined ? {} : { vpc: input.Vpc }),
    tags: input.Tags ?? [],
  });
  return recordOperation(call, call, 'CREATE_NAMESPACE', { NAMESPACE: id });
}

function shown({ vpc: _vpc, tags: _tags, ...namespace }: Namespace, call: Call): Timestamped<sdk.Namespace> {
  const services = cloudMapTables(call.tables).services.list(`${scopeKey(call)}/`);
  return { ...namespace, ServiceCount: services.filter((service) => namespaceIdOf(service) === namespace.Id).length };
}

interface Change {
  Description?: string;
  Properties?: { DnsProperties?: { SOA?: { TTL?: number } } };
}

function update(id: string | undefined, change: Change | undefined, call: Call): { OperationId: string } {
  const namespace = requireNamespace(id, call);
  const ttl = change?.Properties?.DnsProperties?.SOA?.TTL;
  const dns = namespace.Properties?.DnsProperties;
  cloudMapTables(call.tables).namespaces.put(scopeKey(call, namespace.Id ?? ''), {
    ...namespace,
    ...(change?.Description === undefined ? {} : { Description: change.Description }),
    ...(ttl === undefined
      ? {}
      : {
          Properties: {
            ...namespace.Properties,
            DnsProperties: { ...dns, SOA: { TTL: ttl } } as sdk.DnsProperties,
            HttpProperties: namespace.Properties?.HttpProperties,
          },
        }),
  });
  return recordOperation(call, call, 'UPDATE_NAMESPACE', { NAMESPACE: namespace.Id ?? '' });
}

export const namespaceOperations: Readonly<Record<string, Operation>> = {
  CreateHttpNamespace: operation<sdk.CreateHttpNamespaceRequest, sdk.CreateHttpNamespaceResponse>({
    handle: (input, call) => create('HTTP', input, call),
  }),
  CreatePrivateDnsNamespace: operation<sdk.CreatePrivateDnsNamespaceRequest, sdk.CreatePrivateDnsNamespaceResponse>({
    handle: (input, call) => create('DNS_PRIVATE', input, call),
  }),
  CreatePublicDnsNamespace: operation<sdk.CreatePublicDnsNamespaceRequest, sdk.CreatePublicDnsNamespaceResponse>({
    handle: (input, call) => create('DNS_PUBLIC', input, call),
  }),
  UpdateHttpNamespace: operation<sdk.UpdateHttpNamespaceRequest, sdk.UpdateHttpNamespaceResponse>({
    handle: (input, call) => update(input.Id, input.Namespace, call),
  }),
  UpdatePrivateDnsNamespace: operation<sdk.UpdatePrivateDnsNamespaceRequest, sdk.UpdatePrivateDnsNamespaceResponse>({
    handle: (input, call) => update(input.Id, input.Namespace, call),
  }),
  UpdatePublicDnsNamespace: operation<sdk.UpdatePublicDnsNamespaceRequest, sdk.UpdatePublicDnsNamespaceResponse>({
    handle: (input, call) => update(input.Id, input.Namespace, call),
  }),
  GetNamespace: operation<sdk.GetNamespaceRequest, sdk.GetNamespaceResponse>({
    handle: (input, call) => ({ Namespace: shown(requireNamespace(input.Id, call), call) }),
  }),
  ListNamespaces: operation<sdk.ListNamespacesRequest, sdk.ListNamespacesResponse>({
    handle: (input, call) => {
      const found = cloudMapTables(call.tables)
        .namespaces.list(`${scopeKey(call)}/`)
        .filter((one) =>
          meetsFilters(input.Filters, (name) =>
            name === 'TYPE' ? one.Type : name === 'HTTP_NAME' ? one.Properties?.HttpProperties?.HttpName : one.Name,
          ),
        )
        .sort((left, right) => (left.CreateDate ?? 0) - (right.CreateDate ?? 0));
      const { items, nextToken } = page(found, input);
      return {
        Namespaces: items.map((one) => shown(one, call)).map(({ CreatorRequestId: _id, ...summary }) => summary),
        NextToken: nextToken,
      };
    },
  }),
  DeleteNamespace: operation<sdk.DeleteNamespaceRequest, sdk.DeleteNamespaceResponse>({
    handle: (input, call) => {
      const namespace = requireNamespace(input.Id, call);
      if (shown(namespace, call).ServiceCount) {
        throw new AwsError('ResourceInUse', 'The specified namespace cannot be deleted because it contains services.');
      }
      cloudMapTables(call.tables).namespaces.delete(scopeKey(call, namespace.Id ?? ''));
      return recordOperation(call, call, 'DELETE_NAMESPACE', { NAMESPACE: namespace.Id ?? '' });
    },
  }),
  GetOperation: operation<sdk.GetOperationRequest, sdk.GetOperationResponse>({
    handle: (input, call) => {
      const found = cloudMapTables(call.tables).operations.get(scopeKey(call, input.OperationId ?? ''));
      if (!found) {
        throw new AwsError('OperationNotFound', input.OperationId ?? '');
      }
      return { Operation: found };
    },
  }),
  ListOperations: operation<sdk.ListOperationsRequest, sdk.ListOperationsResponse>({
    handle: (input, call) => {
      const { namespaces } = cloudMapTables(call.tables);
      const found = cloudMapTables(call.tables)
        .operations.list(`${scopeKey(call)}/`)
        // What was done to a namespace is forgotten with it.
        .filter((one) => one.Targets?.['NAMESPACE'] === undefined || namespaces.has(scopeKey(call, one.Targets['NAMESPACE'])))
        .filter((one) =>
          meetsFilters(input.Filters, (name) => {
            switch (name) {
              case 'NAMESPACE_ID':
                return one.Targets?.['NAMESPACE'];
              case 'SERVICE_ID':
                return one.Targets?.['SERVICE'];
              case 'STATUS':
                return one.Status;
              case 'TYPE':
                return one.Type;
              default:
                return String(one.UpdateDate ?? 0);
            }
          }),
        );
      const { items, nextToken } = page(found, input);
      return { Operations: items.map(({ Id, Status }) => ({ Id, Status })), NextToken: nextToken };
    },
  }),
};
