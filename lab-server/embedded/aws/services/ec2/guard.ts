// Security groups that block, and public addresses that lead to their interface: rules of the simulated network.
import { matchesAddress } from '../../../runtime/network/addresses.ts';
import { scopeKey } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { addressIndex, forgetAddresses } from './network-interfaces.ts';
import { ec2Tables, type NetworkInterface, type SecurityGroupRule } from './state.ts';

/** Keeps the endpoint's addresses behind their security groups until disposed. */
export function guardInterfaces(context: AwsContext): Disposable {
  forgetAddresses(context);
  return context.runtime.network.addRouter({
    route({ from, address, port }) {
      const index = addressIndex(context);
      const records = ec2Tables(context.tables).networkInterfaces;
      const byPublic = index.public.get(address);
      if (byPublic !== undefined) {
        const privateAddress = records.get(byPublic)?.PrivateIpAddress;
        return privateAddress === undefined ? 'drop' : { to: { address: privateAddress, port } };
      }
      const key = index.private.get(address);
      const target = key === undefined ? undefined : records.get(key);
      if (!target) {
        return undefined;
      }
      const sourceKey = index.private.get(from);
      const source = sourceKey === undefined ? undefined : records.get(sourceKey);
      const leaves = !source || allows(context, source, target, address, port, true);
      // A closed way answers nothing at all: clients wait until they give up, as with AWS.
      return leaves && allows(context, target, source, from, port, false) ? undefined : 'drop';
    },
  });
}

/** Whether a group of `guarded` lets TCP to `port` pass, to or from `peerAddress`. */
function allows(
  context: AwsContext,
  guarded: NetworkInterface,
  peer: NetworkInterface | undefined,
  peerAddress: string,
  port: number,
  isEgress: boolean,
): boolean {
  // A network load balancer may have no groups at all, and lets everything pass then.
  if (guarded.InterfaceType === 'network_load_balancer' && !guarded.Groups?.length) {
    return true;
  }
  const groups = new Set(guarded.Groups?.map((group) => group.GroupId));
  const region = (guarded.AvailabilityZone ?? '').slice(0, -1);
  const rules = ec2Tables(context.tables).securityGroupRules.list(`${scopeKey({ account: guarded.OwnerId ?? '', region })}/`);
  return rules.some(
    (rule) => groups.has(rule.GroupId) && rule.IsEgress === isEgress && hasPort(rule, port) && hasPeer(rule, peer, peerAddress),
  );
}

function hasPort(rule: SecurityGroupRule, port: number): boolean {
  return (
    rule.IpProtocol === '-1' || (rule.IpProtocol === 'tcp' && port >= (rule.FromPort ?? 0) && port <= (rule.ToPort ?? rule.FromPort ?? 0))
  );
}

function hasPeer(rule: SecurityGroupRule, peer: NetworkInterface | undefined, address: string): boolean {
  const group = rule.ReferencedGroupInfo?.GroupId;
  return group === undefined
    ? rule.CidrIpv4 !== undefined && matchesAddress(rule.CidrIpv4, address)
    : (peer?.Groups?.some((one) => one.GroupId === group) ?? false);
}
