// Express Mode services on record: what was asked for, and what was made for it.
import type * as sdk from '@aws-sdk/client-ecs';
import type { Table } from '../../../state/tables.ts';
import { scopeKey } from '../../scope.ts';
import type { AwsContext, Timestamped } from '../../service.ts';
import { scopeOf } from '../tasks/record.ts';

export type ExpressConfiguration = Timestamped<sdk.ExpressGatewayServiceConfiguration>;

export interface ExpressService {
  serviceArn: string;
  serviceName: string;
  cluster: string;
  infrastructureRoleArn: string;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  configuration: ExpressConfiguration;
  createdAt: number;
  updatedAt: number;
  tags: Timestamped<sdk.Tag>[];
  made: ExpressResources;
}

/** What stands behind the service's address. */
export interface ExpressResources {
  host: string;
  balancerArn: string;
  balancerName: string;
  listenerArn: string;
  ruleArn: string;
  groupArns: [string, string];
  serviceGroupId?: string;
}

export function expressServices(context: Pick<AwsContext, 'tables'>): Table<ExpressService> {
  return context.tables.table('ecs.express-services');
}

export function expressKey(serviceArn: string): string {
  return scopeKey(scopeOf(serviceArn), serviceArn.replace(/^.*:service\//, ''));
}
