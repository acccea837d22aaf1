// Instances of services: registered, discovered, and their health. ECS registers its tasks through the same two functions.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-servicediscovery';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey, type Scope } from '../scope.ts';
import { operation, type AwsContext, type Call, type Operation, type Timestamped } from '../service.ts';
import { page } from './listing.ts';
import { cloudMapTables, instancesOf, namespaceIdOf, recordOperation, requireService, type Instance, type Service } from './state.ts';

const DISCOVERED = 100;

interface NewInstance {
  id: string;
  attributes: Record<string, string>;
  requestId?: string | undefined;
}

/** Registers an instance, or gives one of the same id new attributes. */
export function registerInstance(context: Pick<AwsContext, 'tables'>, scope: Scope, service: Service, wanted: NewInstance): void {
  const tables = cloudMapTables(context.tables);
  tables.instances.put(scopeKey(scope, service.Id ?? '', wanted.id), {
    Id: wanted.id,
    CreatorRequestId: wanted.requestId ?? randomUUID(),
    Attributes: wanted.attributes,
    serviceId: service.Id ?? '',
    health: wanted.attributes['AWS_INIT_HEALTH_STATUS'] === 'UNHEALTHY' ? 'UNHEALTHY' : 'HEALTHY',
  });
  changed(context, scope, service);
}

/** False when there was no such instance. */
export function deregisterInstance(context: Pick<AwsContext, 'tables'>, scope: Scope, service: Service, id: string): boolean {
  const existed = cloudMapTables(context.tables).instances.delete(scopeKey(scope, service.Id ?? '', id));
  if (existed) {
    changed(context, scope, service);
  }
  return existed;
}

/** Says whether an instance is healthy, as ECS does for its tasks. */
export function setHealth(
  context: Pick<AwsContext, 'tables'>,
  scope: Scope,
  service: Service,
  id: string,
  health: Instance['health'],
): boolean {
  const { instances } = cloudMapTables(context.tables);
  const key = scopeKey(scope, service.Id ?? '', id);
  const instance = instances.get(key);
  if (instance && instance.health !== health) {
    instances.put(key, { ...instance, health });
    changed(context, scope, service);
  }
  return instance !== undefined;
}

function changed(context: Pick<AwsContext, 'tables'>, scope: Scope, service: Service): void {
  const { services } = cloudMapTables(context.tables);
  const key = scopeKey(scope, service.Id ?? '');
  const current = services.get(key);
  if (current) {
    services.put(key, { ...current, revision: current.revision + 1 });
  }
}

function requireInstance(service: Service, id: string | undefined, call: Call): Instance {
  const instance = cloudMapTables(call.tables).instances.get(scopeKey(call, service.Id ?? '', id ?? ''));
  if (!instance) {
    throw new AwsError('InstanceNotFound', id ?? '');
  }
  return instance;
}

function checkAttributes(attributes: Readonly<Record<string, string>>, service: Service): void {
  const types = new Set(service.DnsConfig?.DnsRecords?.map((record) => record.Type));
  const needed = [
    ...(types.has('SRV') ? ['AWS_INSTANCE_PORT'] : []),
    ...(types.has('CNAME') ? ['AWS_INSTANCE_CNAME'] : []),
    ...(types.has('A') && !types.has('SRV') && attributes['AWS_ALIAS_DNS_NAME'] === undefined ? ['AWS_INSTANCE_IPV4'] : []),
  ];
  const missing = needed.find((name) => attributes[name] === undefined);
  if (missing !== undefined) {
    throw new AwsError('InvalidInput', `Missing required attribute ${missing} for the DNS records of the service.`);
  }
  const address = attributes['AWS_INSTANCE_IPV4'];
  if (address !== undefined && !/^(\d{1,3}\.){3}\d{1,3}$/.test(address)) {
    throw new AwsError('InvalidInput', `AWS_INSTANCE_IPV4 ${address} is not an IPv4 address.`);
  }
}

function serviceNamed(namespaceName: string | undefined, serviceName: string | undefined, call: Call): Service {
  const tables = cloudMapTables(call.tables);
  const namespaces = tables.namespaces
    .list(`${scopeKey(call)}/`)
    .filter((one) => one.Properties?.HttpProperties?.HttpName === namespaceName || one.Name === namespaceName);
  if (namespaces.length === 0) {
    throw new AwsError('NamespaceNotFound', `Failed to find namespace: ${namespaceName ?? ''}`);
  }
  const service = tables.services
    .list(`${scopeKey(call)}/`)
    .find((one) => one.Name === serviceName && namespaces.some((namespace) => namespace.Id === namespaceIdOf(one)));
  if (!service) {
    throw new AwsError('ServiceNotFound', `Failed to find service: ${serviceName ?? ''}`);
  }
  return service;
}

function discover(
  input: Timestamped<sdk.DiscoverInstancesRequest>,
  call: Call,
): Timestamped<Omit<sdk.DiscoverInstancesResponse, '$metadata'>> {
  const service = serviceNamed(input.NamespaceName, input.ServiceName, call);
  const fits = (instance: Instance, parameters: Readonly<Record<string, string>> | undefined): boolean =>
    Object.entries(parameters ?? {}).every(([name, value]) => instance.Attributes?.[name] === value);
  const asked = instancesOf(call.tables, call, service.Id ?? '').filter((one) => fits(one, input.QueryParameters));
  const preferred = input.OptionalParameters ? asked.filter((one) => fits(one, input.OptionalParameters)) : [];
  const found = preferred.length > 0 ? preferred : asked;
  const status = input.HealthStatus ?? 'HEALTHY';
  const healthy = found.filter((one) => one.health === 'HEALTHY');
  const answered =
    status === 'ALL'
      ? found
      : status === 'UNHEALTHY'
        ? found.filter((one) => one.health === 'UNHEALTHY')
        : status === 'HEALTHY_OR_ELSE_ALL' && healthy.length === 0
          ? found
          : healthy;
  return {
    Instances: answered.slice(0, input.MaxResults ?? DISCOVERED).map((one) => ({
      InstanceId: one.Id,
      NamespaceName: input.NamespaceName,
      ServiceName: input.ServiceName,
      HealthStatus: one.health,
      Attributes: one.Attributes,
    })),
    InstancesRevision: service.revision,
  };
}

export const instanceOperations: Readonly<Record<string, Operation>> = {
  RegisterInstance: operation<sdk.RegisterInstanceRequest, sdk.RegisterInstanceResponse>({
    handle: (input, call) => {
      const service = requireService(input.ServiceId, call);
      const attributes = input.Attributes ?? {};
      if (!call.takesPlaceholders) {
        checkAttributes(attributes, service);
      }
      registerInstance(call, call, service, { id: input.InstanceId ?? '', attributes, requestId: input.CreatorRequestId });
      return recordOperation(call, call, 'REGISTER_INSTANCE', { INSTANCE: input.InstanceId ?? '', SERVICE: service.Id ?? '' });
    },
  }),
  DeregisterInstance: operation<sdk.DeregisterInstanceRequest, sdk.DeregisterInstanceResponse>({
    handle: (input, call) => {
      const service = requireService(input.ServiceId, call);
      if (!deregisterInstance(call, call, service, input.InstanceId ?? '')) {
        throw new AwsError('InstanceNotFound', input.InstanceId ?? '');
      }
      return recordOperation(call, call, 'DEREGISTER_INSTANCE', { INSTANCE: input.InstanceId ?? '', SERVICE: service.Id ?? '' });
    },
  }),
  GetInstance: operation<sdk.GetInstanceRequest, sdk.GetInstanceResponse>({
    handle: (input, call) => {
      const { Id, CreatorRequestId, Attributes } = requireInstance(requireService(input.ServiceId, call), input.InstanceId, call);
      return { Instance: { Id, CreatorRequestId, Attributes } };
    },
  }),
  ListInstances: operation<sdk.ListInstancesRequest, sdk.ListInstancesResponse>({
    handle: (input, call) => {
      const service = requireService(input.ServiceId, call);
      const { items, nextToken } = page(instancesOf(call.tables, call, service.Id ?? ''), input);
      return { Instances: items.map(({ Id, Attributes }) => ({ Id, Attributes })), NextToken: nextToken };
    },
  }),
  GetInstancesHealthStatus: operation<sdk.GetInstancesHealthStatusRequest, sdk.GetInstancesHealthStatusResponse>({
    handle: (input, call) => {
      const service = requireService(input.ServiceId, call);
      const wanted = input.Instances?.length
        ? input.Instances.map((id) => requireInstance(service, id, call))
        : instancesOf(call.tables, call, service.Id ?? '');
      const { items, nextToken } = page(wanted, input);
      return { Status: Object.fromEntries(items.map((one) => [one.Id ?? '', one.health])), NextToken: nextToken };
    },
  }),
  UpdateInstanceCustomHealthStatus: operation<sdk.UpdateInstanceCustomHealthStatusRequest, object>({
    handle: (input, call) => {
      const service = requireService(input.ServiceId, call);
      if (!service.HealthCheckCustomConfig && !call.takesPlaceholders) {
        throw new AwsError('CustomHealthNotFound', `Service ${service.Id ?? ''} has no custom health check.`);
      }
      if (!setHealth(call, call, service, input.InstanceId ?? '', input.Status === 'UNHEALTHY' ? 'UNHEALTHY' : 'HEALTHY')) {
        throw new AwsError('InstanceNotFound', input.InstanceId ?? '');
      }
      return {};
    },
  }),
  DiscoverInstances: operation<sdk.DiscoverInstancesRequest, sdk.DiscoverInstancesResponse>({ handle: discover }),
  DiscoverInstancesRevision: operation<sdk.DiscoverInstancesRevisionRequest, sdk.DiscoverInstancesRevisionResponse>({
    handle: (input, call) => ({ InstancesRevision: serviceNamed(input.NamespaceName, input.ServiceName, call).revision }),
  }),
};
