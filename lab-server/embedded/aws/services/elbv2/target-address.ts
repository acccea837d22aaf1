// Where a target can be reached in the simulated network.
import { instancesTable } from '../ec2/instance-table.ts';
import { ec2Tables } from '../ec2/state.ts';
import { scopeKey } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { elbTables, keyOf, scopeOfArn, type Target, type TargetGroup } from './state.ts';

/** Undefined for a target that has no address: a Lambda function, an instance that is gone. */
export function addressOf(context: Pick<AwsContext, 'tables'>, group: TargetGroup, target: Target): string | undefined {
  const scope = scopeOfArn(target.groupArn);
  switch (group.TargetType) {
    case 'ip':
      return target.id;
    case 'instance':
      return instancesTable(context.tables).get(scopeKey(scope, target.id))?.PrivateIpAddress;
    case 'alb': {
      const node = elbTables(context.tables).loadBalancers.get(keyOf(target.id))?.nodes[0];
      return node && ec2Tables(context.tables).networkInterfaces.get(scopeKey(scope, node.networkInterfaceId))?.PrivateIpAddress;
    }
    default:
      return undefined;
  }
}
