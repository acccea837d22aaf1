// The records of instances.
import type * as sdk from '@aws-sdk/client-ec2';
import type { Table, Tables } from '../../state/tables.ts';
import type { Timestamped } from '../service.ts';

export type Instance = Timestamped<sdk.Instance> & {
  userData?: string;
  reservationId: string;
  attributes?: InstanceAttributes;
};

/** What DescribeInstanceAttribute tells and DescribeInstances does not. */
interface InstanceAttributes {
  disableApiTermination?: boolean | undefined;
  disableApiStop?: boolean | undefined;
  shutdownBehavior?: string | undefined;
}

export function instancesTable(tables: Tables): Table<Instance> {
  return tables.table('ec2.instances');
}
