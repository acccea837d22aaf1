import { expect, test } from 'vitest';
import { addressAt, contains, overlaps, parseBlock } from '../../../lab-server/embedded/aws/services/ec2/cidr.ts';
import { select } from '../../../lab-server/embedded/aws/services/ec2/filters.ts';
import { ecsStand } from './ecs-stand.ts';

const listing = {
  id: (one: { id: string }) => one.id,
  notFound: (id: string) => new Error(`no ${id}`) as never,
  fields: { name: (one: { id: string; name: string }) => one.name },
};
const records = [
  { id: 'a', name: 'web-1', Tags: [{ Key: 'team', Value: 'blue' }] },
  { id: 'b', name: 'web-2', Tags: [] },
];

test.each([
  ['web-1', ['a']],
  ['web-*', ['a', 'b']],
  ['web-?', ['a', 'b']],
  ['web.1', []],
])('a filter of %s finds %j', (pattern, ids) => {
  const { items } = select(records, undefined, { Filters: [{ Name: 'name', Values: [pattern] }] }, listing);
  expect(items.map((one) => one.id)).toEqual(ids);
});

test('tags can be filtered by their key and value', () => {
  const { items } = select(records, undefined, { Filters: [{ Name: 'tag:team', Values: ['blue'] }] }, listing);
  expect(items.map((one) => one.id)).toEqual(['a']);
});

test('a filter that does not exist is refused', () => {
  expect(() => select(records, undefined, { Filters: [{ Name: 'colour', Values: ['x'] }] }, listing)).toThrow(
    "The filter 'colour' is invalid",
  );
});

test('blocks know their addresses, what they contain and what they overlap', () => {
  const vpc = parseBlock('10.0.0.0/16');
  const subnet = parseBlock('10.0.1.0/24');
  if (!vpc || !subnet) {
    throw new Error('both are blocks');
  }
  expect(contains(vpc, subnet)).toBe(true);
  expect(overlaps(subnet, vpc)).toBe(true);
  expect(addressAt(subnet, 4)).toBe('10.0.1.4');
  expect(parseBlock('10.0.1.1/24')).toBeUndefined();
  expect(parseBlock('10.0.300.0/24')).toBeUndefined();
});

test('every account has a default VPC with a subnet in each zone, a default group and a way out', async () => {
  await using stand = await ecsStand();
  const { Vpcs } = await stand.call<{ Vpcs: { CidrBlock: string; IsDefault: boolean }[] }>('ec2', 'DescribeVpcs');
  expect(Vpcs).toMatchObject([{ CidrBlock: '172.31.0.0/16', IsDefault: true }]);
  const { Subnets } = await stand.call<{ Subnets: { AvailabilityZone: string }[] }>('ec2', 'DescribeSubnets');
  expect(new Set(Subnets.map((subnet) => subnet.AvailabilityZone)).size).toBe(6);
  const { RouteTables } = await stand.call<{ RouteTables: { Routes: object[] }[] }>('ec2', 'DescribeRouteTables');
  expect(RouteTables[0]?.Routes).toContainEqual(expect.objectContaining({ DestinationCidrBlock: '0.0.0.0/0' }));
});

test.each([
  ['DescribeSubnets', { SubnetIds: ['subnet-1'] }, "The subnet ID 'subnet-1' does not exist"],
  ['DescribeSecurityGroups', { GroupIds: ['sg-1'] }, "The security group 'sg-1' does not exist"],
  ['DescribeVpcs', { VpcIds: ['vpc-1'] }, "The vpc ID 'vpc-1' does not exist"],
  ['CreateSecurityGroup', { GroupName: 'default', Description: 'x' }, "The security group 'default' is reserved"],
  ['CreateVpc', { CidrBlock: '10.0.0.0/8' }, "The CIDR '10.0.0.0/8' is invalid."],
])('%s refuses %j', async (operation, input, message) => {
  await using stand = await ecsStand();
  await expect(stand.call('ec2', operation, input)).rejects.toThrow(message);
});

test('a rule can be given once and taken away again', async () => {
  await using stand = await ecsStand();
  const { GroupId } = await stand.call<{ GroupId: string }>('ec2', 'CreateSecurityGroup', { GroupName: 'web', Description: 'web' });
  const rule = { GroupId, IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] };
  await stand.call('ec2', 'AuthorizeSecurityGroupIngress', rule);
  await expect(stand.call('ec2', 'AuthorizeSecurityGroupIngress', rule)).rejects.toThrow('already exists');
  await stand.call('ec2', 'RevokeSecurityGroupIngress', rule);
  await expect(stand.call('ec2', 'RevokeSecurityGroupIngress', rule)).rejects.toThrow(
    'The specified rule does not exist in this security group.',
  );
});

test('a VPC in use is not deleted, an empty one is', async () => {
  await using stand = await ecsStand();
  const { Vpc } = await stand.call<{ Vpc: { VpcId: string } }>('ec2', 'CreateVpc', { CidrBlock: '10.0.0.0/16' });
  const { Subnet } = await stand.call<{ Subnet: { SubnetId: string } }>('ec2', 'CreateSubnet', {
    VpcId: Vpc.VpcId,
    CidrBlock: '10.0.1.0/24',
  });
  await expect(stand.call('ec2', 'DeleteVpc', { VpcId: Vpc.VpcId })).rejects.toThrow('has dependencies and cannot be deleted.');
  await stand.call('ec2', 'DeleteSubnet', { SubnetId: Subnet.SubnetId });
  await stand.call('ec2', 'DeleteVpc', { VpcId: Vpc.VpcId });
  await expect(stand.call('ec2', 'DescribeVpcs', { VpcIds: [Vpc.VpcId] })).rejects.toThrow('does not exist');
});
