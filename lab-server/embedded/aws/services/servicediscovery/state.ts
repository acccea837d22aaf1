// Records of Cloud Map: namespaces, services, instances, operations. Instances have their service's id before their own.
import { randomBytes, randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-servicediscovery';
import { AwsError } from '../../gateway/errors.ts';
import type { Table, Tables } from '../../state/tables.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext, Timestamped } from '../service.ts';

export type Tag = Timestamped<sdk.Tag>;
export type Namespace = Timestamped<sdk.Namespace> & { vpc?: string; tags: Tag[] };
/** `revision` counts changes of the instances. */
export type Service = Timestamped<sdk.Service> & { tags: Tag[]; revision: number; attributes: Record<string, string> };
export type Instance = Timestamped<sdk.Instance> & { serviceId: string; health: 'HEALTHY' | 'UNHEALTHY' };
export type OperationRecord = Timestamped<sdk.Operation>;

export interface CloudMapTables {
  namespaces: Table<Namespace>;
  services: Table<Service>;
  instances: Table<Instance>;
  operations: Table<OperationRecord>;
}

export function cloudMapTables(tables: Tables): CloudMapTables {
  return {
    namespaces: tables.table('servicediscovery.namespaces'),
    services: tables.table('servicediscovery.services'),
    instances: tables.table('servicediscovery.instances'),
    operations: tables.table('servicediscovery.operations'),
  };
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** `ns-e4anhexample0004`: a prefix and sixteen letters and digits. */
export function newId(prefix: string, length = 16): string {
  return prefix + [...randomBytes(length)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}

/** The id in `ns-…` or in an ARN that ends in it. */
export function idOf(reference: string | undefined): string {
  return (reference ?? '').split('/').at(-1) ?? '';
}

export function requireNamespace(reference: string | undefined, call: Scope & Pick<AwsContext, 'tables'>): Namespace {
  const namespace = cloudMapTables(call.tables).namespaces.get(scopeKey(call, idOf(reference)));
  if (!namespace) {
    throw new AwsError('NamespaceNotFound', reference ?? '');
  }
  return namespace;
}

export function requireService(reference: string | undefined, call: Scope & Pick<AwsContext, 'tables'>): Service {
  const service = cloudMapTables(call.tables).services.get(scopeKey(call, idOf(reference)));
  if (!service) {
    throw new AwsError('ServiceNotFound', reference ?? '');
  }
  return service;
}

export function namespaceIdOf(service: Service): string {
  return service.NamespaceId ?? service.DnsConfig?.NamespaceId ?? '';
}

export function instancesOf(tables: Tables, scope: Scope, serviceId: string): Instance[] {
  return cloudMapTables(tables).instances.list(`${scopeKey(scope, serviceId)}/`);
}

/** Records an operation, which here is over when it is answered. Returns its id. */
export function recordOperation(
  context: Pick<AwsContext, 'tables' | 'clock'>,
  scope: Scope,
  type: sdk.OperationType,
  targets: Record<string, string>,
): { OperationId: string } {
  const id = `${randomUUID().replaceAll('-', '')}-${newId('', 8)}`;
  const now = context.clock.now();
  cloudMapTables(context.tables).operations.put(scopeKey(scope, id), {
    Id: id,
    Type: type,
    Status: 'SUCCESS',
    CreateDate: now,
    UpdateDate: now,
    Targets: targets,
  });
  return { OperationId: id };
}
