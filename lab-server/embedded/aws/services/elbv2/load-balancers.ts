// Load balancers: created into subnets, one node in each, with a DNS name that leads to the nodes.
import { randomInt } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../gateway/errors.ts';
import { createInterface, deleteInterface } from '../ec2/network-interfaces.ts';
import { defaultGroup } from '../ec2/security-groups.ts';
import { ec2Tables, type Subnet } from '../ec2/state.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { balancerAttributes, balancerDefaults, listed } from './attributes.ts';
import { balancerNotFound, notOneOf, validationError } from './errors.ts';
import { removeListener } from './listeners.ts';
import { elbTables, keyOf, listenersOfBalancer, newHash, type LoadBalancer } from './state.ts';
import { taggedWith } from './tags.ts';
import { elbWorldOf } from './world.ts';

const TYPES = ['application', 'network', 'gateway'];
const ADDRESS_TYPES = ['ipv4', 'dualstack'];
const PATH: Readonly<Record<string, string>> = { application: 'app', network: 'net', gateway: 'gwy' };
/** Hosted zones of balancers' names in us-east-1 (general reference, "Elastic Load Balancing endpoints"); one for all regions here. */
const HOSTED_ZONES: Readonly<Record<string, string>> = {
  application: 'Z35SXDOTRQ7X7K',
  network: 'Z26RNL4JYFTOTI',
  gateway: 'Z26RNL4JYFTOTI',
};
const PAGE = 50;

export function requireBalancer(balancerArn: string | undefined, call: Call): LoadBalancer {
  const balancer = elbTables(call.tables).loadBalancers.get(keyOf(balancerArn));
  if (!balancer) {
    throw balancerNotFound();
  }
  return balancer;
}

/** The record as answers show it. */
function shown({ attributes: _attributes, tags: _tags, nodes: _nodes, ...balancer }: LoadBalancer): Timestamped<sdk.LoadBalancer> {
  return balancer;
}

function save(balancer: LoadBalancer, call: Call): LoadBalancer {
  elbTables(call.tables).loadBalancers.put(keyOf(balancer.LoadBalancerArn), balancer);
  elbWorldOf(call).balancerChanged(balancer.LoadBalancerArn ?? '');
  return balancer;
}

function checkName(name: string): void {
  if (name.length > 32) {
    throw validationError(`The load balancer name '${name}' cannot be longer than '32' characters`);
  }
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw validationError(`The load balancer name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`);
  }
  if (/^-|-$/.test(name)) {
    throw validationError(`The load balancer name '${name}' cannot begin or end with a hyphen(-)`);
  }
  if (name.startsWith('internal-')) {
    throw validationError(`The load balancer name '${name}' cannot begin with 'internal-'`);
  }
}

interface Mapping {
  SubnetId?: string;
  AllocationId?: string;
  PrivateIPv4Address?: string;
}

/** The subnets of a request, each in a zone of its own. */
function subnetsOf(input: { Subnets?: string[]; SubnetMappings?: Mapping[] }, type: string, call: Call): Subnet[] {
  const ids = input.SubnetMappings?.length ? input.SubnetMappings.map((one) => one.SubnetId ?? '') : (input.Subnets ?? []);
  if (ids.length === 0) {
    throw validationError('You must specify subnets');
  }
  const subnets = ids.map((id) => {
    const subnet = ec2Tables(call.tables).subnets.get(scopeKey(call, id));
    if (!subnet) {
      throw new AwsError('SubnetNotFoundException', `The subnet ID '${id}' does not exist`);
    }
    return subnet;
  });
  if (new Set(subnets.map((subnet) => subnet.AvailabilityZone)).size < subnets.length) {
    throw new AwsError(
      'InvalidConfigurationRequestException',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    );
  }
  if (type === 'application' && subnets.length < 2) {
    throw validationError('At least two subnets in two different Availability Zones must be specified');
  }
  if (new Set(subnets.map((subnet) => subnet.VpcId)).size > 1) {
    throw new AwsError('InvalidConfigurationRequestException', 'All subnets must belong to the same VPC');
  }
  return subnets;
}

function checkGroups(ids: readonly string[], call: Call): void {
  for (const id of ids) {
    if (!ec2Tables(call.tables).securityGroups.has(scopeKey(call, id))) {
      throw new AwsError('InvalidSecurityGroupException', `The security group ID '${id}' does not exist`);
    }
  }
}

function checkAddressType(type: string | undefined): void {
  if (type !== undefined && !ADDRESS_TYPES.includes(type)) {
    throw notOneOf(type, 'ipAddressType', ADDRESS_TYPES);
  }
}

function makeNode(balancer: LoadBalancer, subnet: Subnet, call: Call): LoadBalancer['nodes'][number] {
  const isNetwork = balancer.Type === 'network';
  const eni = createInterface(call, call, {
    subnetId: subnet.SubnetId ?? '',
    groupIds: balancer.SecurityGroups ?? [],
    description: `ELB ${(balancer.LoadBalancerArn ?? '').split('loadbalancer/')[1] ?? ''}`,
    assignPublicIp: balancer.Scheme === 'internet-facing' && balancer.Type !== 'gateway',
    ...(isNetwork ? { interfaceType: 'network_load_balancer' } : {}),
    requesterManaged: true,
    attachedTo: { instanceOwnerId: 'amazon-elb' },
  });
  return { subnetId: subnet.SubnetId ?? '', networkInterfaceId: eni.NetworkInterfaceId ?? '' };
}

function zonesOf(subnets: readonly Subnet[]): Timestamped<sdk.AvailabilityZone>[] {
  return subnets.map((subnet) => ({ ZoneName: subnet.AvailabilityZone, SubnetId: subnet.SubnetId }));
}

function create(input: Timestamped<sdk.CreateLoadBalancerInput>, call: Call): { LoadBalancers: Timestamped<sdk.LoadBalancer>[] } {
  const name = input.Name ?? '';
  checkName(name);
  const type: string = input.Type ?? 'application';
  if (!TYPES.includes(type)) {
    throw notOneOf(type, 'type', TYPES);
  }
  checkAddressType(input.IpAddressType);
  if (input.Scheme !== undefined && !['internet-facing', 'internal'].includes(input.Scheme)) {
    throw notOneOf(input.Scheme, 'scheme', ['internet-facing', 'internal']);
  }
  const subnets = subnetsOf(input, type, call);
  checkGroups(input.SecurityGroups ?? [], call);
  const tags = taggedWith([], input.Tags);
  if (
    elbTables(call.tables)
      .loadBalancers.list(`${scopeKey(call)}/`)
      .some((one) => one.LoadBalancerName === name)
  ) {
    throw new AwsError(
      'DuplicateLoadBalancerNameException',
      `A load balancer with the same name '${name}' exists, but with different settings`,
    );
  }
  const hash = newHash();
  const scheme = input.Scheme ?? 'internet-facing';
  const prefix = scheme === 'internal' ? 'internal-' : '';
  const balancer: LoadBalancer = {
    LoadBalancerArn: arn('elasticloadbalancing', call, `loadbalancer/${PATH[type]}/${name}/${hash}`),
    DNSName:
      type === 'network'
        ? `${name}-${hash}.elb.${call.region}.amazonaws.com`
        : `${prefix}${name}-${randomInt(100_000_000, 2_147_483_647)}.${call.region}.elb.amazonaws.com`,
    CanonicalHostedZoneId: HOSTED_ZONES[type],
    CreatedTime: call.clock.now(),
    LoadBalancerName: name,
    ...(type === 'gateway' ? {} : { Scheme: scheme as sdk.LoadBalancerSchemeEnum }),
    VpcId: subnets[0]?.VpcId,
    State: { Code: 'provisioning' },
    Type: type as sdk.LoadBalancerTypeEnum,
    AvailabilityZones: zonesOf(subnets),
    ...(type === 'application'
      ? {
          SecurityGroups: input.SecurityGroups?.length
            ? input.SecurityGroups
            : [defaultGroup(subnets[0]?.VpcId ?? '', call)?.GroupId ?? ''],
        }
      : input.SecurityGroups?.length
        ? { SecurityGroups: input.SecurityGroups }
        : {}),
    IpAddressType: input.IpAddressType ?? 'ipv4',
    attributes: balancerDefaults(type),
    tags,
    nodes: [],
  };
  const complete = { ...balancer, nodes: subnets.map((subnet) => makeNode(balancer, subnet, call)) };
  return { LoadBalancers: [shown(save(complete, call))] };
}

function remove(input: Timestamped<sdk.DeleteLoadBalancerInput>, call: Call): object {
  const balancer = elbTables(call.tables).loadBalancers.get(keyOf(input.LoadBalancerArn));
  // Deleting what is not there is no error.
  if (!balancer) {
    return {};
  }
  if (balancer.attributes['deletion_protection.enabled'] === 'true') {
    throw new AwsError(
      'OperationNotPermittedException',
      `Load balancer '${balancer.LoadBalancerArn ?? ''}' cannot be deleted because deletion protection is enabled`,
    );
  }
  for (const listener of listenersOfBalancer(call.tables, balancer.LoadBalancerArn ?? '')) {
    removeListener(listener, call);
  }
  elbTables(call.tables).loadBalancers.delete(keyOf(balancer.LoadBalancerArn));
  elbWorldOf(call).balancerChanged(balancer.LoadBalancerArn ?? '');
  for (const node of balancer.nodes) {
    deleteInterface(call, call, node.networkInterfaceId);
  }
  return {};
}

function setSubnets(input: Timestamped<sdk.SetSubnetsInput>, call: Call): Timestamped<Omit<sdk.SetSubnetsOutput, '$metadata'>> {
  const balancer = requireBalancer(input.LoadBalancerArn, call);
  const subnets = subnetsOf(input, balancer.Type ?? '', call);
  const wanted = new Set(subnets.map((subnet) => subnet.SubnetId));
  const kept = balancer.nodes.filter((node) => wanted.has(node.subnetId));
  for (const node of balancer.nodes.filter((one) => !wanted.has(one.subnetId))) {
    deleteInterface(call, call, node.networkInterfaceId);
  }
  const added = subnets
    .filter((subnet) => !kept.some((node) => node.subnetId === subnet.SubnetId))
    .map((subnet) => makeNode(balancer, subnet, call));
  checkAddressType(input.IpAddressType);
  const changed = save(
    {
      ...balancer,
      AvailabilityZones: zonesOf(subnets),
      nodes: [...kept, ...added],
      IpAddressType: input.IpAddressType ?? balancer.IpAddressType,
    },
    call,
  );
  return { AvailabilityZones: changed.AvailabilityZones, IpAddressType: changed.IpAddressType };
}

function setGroups(
  input: Timestamped<sdk.SetSecurityGroupsInput>,
  call: Call,
): Timestamped<Omit<sdk.SetSecurityGroupsOutput, '$metadata'>> {
  const balancer = requireBalancer(input.LoadBalancerArn, call);
  const ids = input.SecurityGroups ?? [];
  checkGroups(ids, call);
  const { networkInterfaces, securityGroups } = ec2Tables(call.tables);
  for (const node of balancer.nodes) {
    const key = scopeKey(call, node.networkInterfaceId);
    const eni = networkInterfaces.get(key);
    if (eni) {
      const Groups = ids.map((id) => ({ GroupId: id, GroupName: securityGroups.get(scopeKey(call, id))?.GroupName }));
      networkInterfaces.put(key, { ...eni, Groups });
    }
  }
  save({ ...balancer, SecurityGroups: ids }, call);
  return { SecurityGroupIds: ids };
}

function describe(
  input: Timestamped<sdk.DescribeLoadBalancersInput>,
  call: Call,
): Timestamped<Omit<sdk.DescribeLoadBalancersOutput, '$metadata'>> {
  const all = elbTables(call.tables).loadBalancers.list(`${scopeKey(call)}/`);
  const { LoadBalancerArns: arns, Names: names } = input;
  const isMissing =
    arns?.some((wanted) => !all.some((one) => one.LoadBalancerArn === wanted)) ||
    names?.some((wanted) => !all.some((one) => one.LoadBalancerName === wanted));
  if (isMissing) {
    throw names?.length
      ? new AwsError('LoadBalancerNotFoundException', `Load balancers '[${names.join(', ')}]' not found`)
      : balancerNotFound();
  }
  const found = all
    .filter(
      (one) =>
        (!arns?.length || arns.includes(one.LoadBalancerArn ?? '')) && (!names?.length || names.includes(one.LoadBalancerName ?? '')),
    )
    .sort((left, right) => (left.CreatedTime ?? 0) - (right.CreatedTime ?? 0));
  const page = pageOf(found, input.Marker, input.PageSize ?? PAGE);
  return { LoadBalancers: page.items.map(shown), NextMarker: page.nextToken };
}

export const loadBalancerOperations: Readonly<Record<string, Operation>> = {
  CreateLoadBalancer: operation<sdk.CreateLoadBalancerInput, sdk.CreateLoadBalancerOutput>({ handle: create }),
  DeleteLoadBalancer: operation<sdk.DeleteLoadBalancerInput, object>({ handle: remove }),
  DescribeLoadBalancers: operation<sdk.DescribeLoadBalancersInput, sdk.DescribeLoadBalancersOutput>({ handle: describe }),
  DescribeLoadBalancerAttributes: operation<sdk.DescribeLoadBalancerAttributesInput, sdk.DescribeLoadBalancerAttributesOutput>({
    handle: (input, call) => ({ Attributes: listed(requireBalancer(input.LoadBalancerArn, call).attributes) }),
  }),
  ModifyLoadBalancerAttributes: operation<sdk.ModifyLoadBalancerAttributesInput, sdk.ModifyLoadBalancerAttributesOutput>({
    handle: (input, call) => {
      const balancer = requireBalancer(input.LoadBalancerArn, call);
      const attributes = balancerAttributes(balancer, input.Attributes ?? []);
      save({ ...balancer, attributes }, call);
      return { Attributes: listed(attributes) };
    },
  }),
  SetSubnets: operation<sdk.SetSubnetsInput, sdk.SetSubnetsOutput>({ handle: setSubnets }),
  SetSecurityGroups: operation<sdk.SetSecurityGroupsInput, sdk.SetSecurityGroupsOutput>({ handle: setGroups }),
  SetIpAddressType: operation<sdk.SetIpAddressTypeInput, sdk.SetIpAddressTypeOutput>({
    handle: (input, call) => {
      const balancer = requireBalancer(input.LoadBalancerArn, call);
      checkAddressType(input.IpAddressType);
      if (balancer.Scheme === 'internal' && input.IpAddressType === 'dualstack' && balancer.Type === 'gateway') {
        throw new AwsError('InvalidConfigurationRequestException', 'Internal load balancers cannot be dualstack');
      }
      save({ ...balancer, IpAddressType: input.IpAddressType }, call);
      return { IpAddressType: input.IpAddressType };
    },
  }),
  DescribeCapacityReservation: operation<sdk.DescribeCapacityReservationInput, sdk.DescribeCapacityReservationOutput>({
    handle: (input, call) => {
      requireBalancer(input.LoadBalancerArn, call);
      return { CapacityReservationState: [] };
    },
  }),
};
