// Amazon EC2, as far as containers need it: networks, addresses and what guards them.
import { AwsError } from '../../gateway/errors.ts';
import type { AwsContext, Call, Operation, ServiceDefinition } from '../service.ts';
import { guardInterfaces } from './guard.ts';
import { gatewayOperations } from './gateways.ts';
import { continueInstances, instanceOperations } from './instances.ts';
import { addressOperations } from './addresses.ts';
import { dhcpOptionsOperations } from './dhcp-options.ts';
import { endpointOperations } from './endpoints.ts';
import { imageOperations } from './images.ts';
import { instanceStateOperations } from './instance-states.ts';
import { interfaceChangeOperations } from './interface-changes.ts';
import { ruleChangeOperations } from './rule-changes.ts';
import { vpcBlockOperations } from './vpc-blocks.ts';
import { keyPairOperations } from './key-pairs.ts';
import { natGatewayOperations } from './nat-gateways.ts';
import { networkAclOperations } from './network-acls.ts';
import { peeringOperations } from './peering.ts';
import { prefixListOperations } from './prefix-lists.ts';
import { volumeOperations } from './volumes.ts';
import { launchTemplateOperations } from './launch-templates.ts';
import { networkInterfaceOperations } from './network-interfaces.ts';
import { routeTableOperations } from './route-tables.ts';
import { securityGroupOperations } from './security-groups.ts';
import { subnetOperations } from './subnets.ts';
import { tagOperations } from './tags.ts';
import { vpcOperations } from './vpcs.ts';
import { zoneOperations } from './zones.ts';

export const ec2: ServiceDefinition = {
  name: 'ec2',
  operations: withDryRun({
    ...vpcOperations,
    ...subnetOperations,
    ...securityGroupOperations,
    ...gatewayOperations,
    ...routeTableOperations,
    ...networkInterfaceOperations,
    ...instanceOperations,
    ...tagOperations,
    ...zoneOperations,
    ...launchTemplateOperations,
    ...addressOperations,
    ...dhcpOptionsOperations,
    ...endpointOperations,
    ...imageOperations,
    ...instanceStateOperations,
    ...keyPairOperations,
    ...natGatewayOperations,
    ...networkAclOperations,
    ...peeringOperations,
    ...prefixListOperations,
    ...volumeOperations,
    ...interfaceChangeOperations,
    ...ruleChangeOperations,
    ...vpcBlockOperations,
  }),
  start,
  fidelity: {
    version: '2016-11-15',
    gaps: [
      'IPv6: blocks and addresses; classic links',
      'transit gateways, VPN and customer gateways, carrier gateways, traffic mirroring, endpoint services of one’s own',
      'Spot requests, fleets, dedicated hosts and reserved instances',
      'EBS encryption settings and storage tiers of snapshots; nothing is stored on volumes',
    ],
    differences: [
      'Network ACLs, NAT gateways, endpoints, peerings, flow logs and DHCP options are recorded and change nothing in the network.',
      'Every image id of the right form starts an instance; nothing runs on it but the ECS agent, when its user data names a cluster.',
      'Public addresses come out of 198.18.0.0/15; they answer inside the lab only.',
      'Private addresses are unique in the whole endpoint, also across VPCs whose ranges overlap.',
      'Routes are recorded and do not decide what is reachable: every address of the endpoint is, as far as security groups allow.',
      'Availability zone ids are the same for every account.',
    ],
  },
};

/** `DryRun` asks whether the caller may, and changes nothing. */
function withDryRun(operations: Readonly<Record<string, Operation>>): Readonly<Record<string, Operation>> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, own]) => [
      name,
      {
        ...own,
        handle: (input: { DryRun?: boolean }, call: Call) => {
          if (input.DryRun) {
            throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', { status: 412 });
          }
          return own.handle(input as never, call);
        },
      } as Operation,
    ]),
  );
}

function start(context: AwsContext): Disposable {
  const running = new DisposableStack();
  running.use(guardInterfaces(context));
  running.use(continueInstances(context));
  return running;
}
