// AWS::EC2: networks.
import { unlessGone } from '../errors.ts';
import { listAt, recordAt, tagsOf, textAt, type Place, type Properties, type ResourceType, type ResourceTypes } from './type.ts';
import { textOf } from '../text-of.ts';

function tagSpecifications(resourceType: string, properties: Properties, place: Place): Record<string, unknown> {
  const tags = tagsOf(properties, place);
  return tags.length > 0 ? { TagSpecifications: [{ ResourceType: resourceType, Tags: tags }] } : {};
}

async function retag(id: string, properties: Properties, place: Place): Promise<void> {
  const Tags = tagsOf(properties, place);
  if (Tags.length > 0) {
    await place.api('ec2', 'CreateTags', { Resources: [id], Tags });
  }
}

async function setVpcAttributes(VpcId: string, properties: Properties, place: Place): Promise<void> {
  for (const name of ['EnableDnsSupport', 'EnableDnsHostnames']) {
    if (properties[name] !== undefined) {
      await place.api('ec2', 'ModifyVpcAttribute', { VpcId, [name]: { Value: properties[name] } });
    }
  }
}

const vpc: ResourceType = {
  async create(properties, place) {
    const answer = await place.api('ec2', 'CreateVpc', { ...properties, ...tagSpecifications('vpc', properties, place) });
    const VpcId = textAt(answer, 'Vpc.VpcId');
    await setVpcAttributes(VpcId, properties, place);
    const groups = await place.api('ec2', 'DescribeSecurityGroups', {
      Filters: [
        { Name: 'vpc-id', Values: [VpcId] },
        { Name: 'group-name', Values: ['default'] },
      ],
    });
    return {
      physicalId: VpcId,
      attributes: {
        VpcId,
        CidrBlock: textAt(answer, 'Vpc.CidrBlock'),
        CidrBlockAssociations: [textAt(answer, 'Vpc.CidrBlockAssociationSet.0.AssociationId')],
        DefaultSecurityGroup: textAt(groups, 'SecurityGroups.0.GroupId'),
        DefaultNetworkAcl: VpcId.replace(/^vpc-/, 'acl-'),
        Ipv6CidrBlocks: [],
      },
    };
  },
  replacedBy: ['CidrBlock', 'InstanceTenancy'],
  async update(physicalId, properties, place) {
    await setVpcAttributes(physicalId, properties, place);
    await retag(physicalId, properties, place);
    return { physicalId };
  },
  async remove(VpcId, place) {
    await place.api('ec2', 'DeleteVpc', { VpcId });
  },
};

async function setSubnetAttributes(SubnetId: string, properties: Properties, place: Place): Promise<void> {
  if (properties['MapPublicIpOnLaunch'] !== undefined) {
    await place.api('ec2', 'ModifySubnetAttribute', { SubnetId, MapPublicIpOnLaunch: { Value: properties['MapPublicIpOnLaunch'] } });
  }
}

const subnet: ResourceType = {
  async create(properties, place) {
    const answer = await place.api('ec2', 'CreateSubnet', { ...properties, ...tagSpecifications('subnet', properties, place) });
    const SubnetId = textAt(answer, 'Subnet.SubnetId');
    await setSubnetAttributes(SubnetId, properties, place);
    const attribute = (name: string): string => textAt(answer, `Subnet.${name}`);
    return {
      physicalId: SubnetId,
      attributes: {
        SubnetId,
        AvailabilityZone: attribute('AvailabilityZone'),
        AvailabilityZoneId: attribute('AvailabilityZoneId'),
        CidrBlock: attribute('CidrBlock'),
        VpcId: attribute('VpcId'),
        Ipv6CidrBlocks: [],
      },
    };
  },
  replacedBy: ['AvailabilityZone', 'CidrBlock', 'VpcId'],
  async update(physicalId, properties, place) {
    await setSubnetAttributes(physicalId, properties, place);
    await retag(physicalId, properties, place);
    return { physicalId };
  },
  async remove(SubnetId, place) {
    await place.api('ec2', 'DeleteSubnet', { SubnetId });
  },
};

const internetGateway: ResourceType = {
  async create(properties, place) {
    const answer = await place.api('ec2', 'CreateInternetGateway', tagSpecifications('internet-gateway', properties, place));
    const physicalId = textAt(answer, 'InternetGateway.InternetGatewayId');
    return { physicalId, attributes: { InternetGatewayId: physicalId } };
  },
  async update(physicalId, properties, place) {
    await retag(physicalId, properties, place);
    return { physicalId };
  },
  async remove(InternetGatewayId, place) {
    await place.api('ec2', 'DeleteInternetGateway', { InternetGatewayId });
  },
};

const gatewayAttachment: ResourceType = {
  async create(properties, place) {
    if (properties['InternetGatewayId'] !== undefined) {
      await place.api('ec2', 'AttachInternetGateway', properties);
      return { physicalId: `IGW|${textOf(properties['VpcId'])}`, attributes: { AttachmentType: 'IGW' } };
    }
    await place.api('ec2', 'AttachVpnGateway', properties);
    return { physicalId: `VGW|${textOf(properties['VpcId'])}`, attributes: { AttachmentType: 'VGW' } };
  },
  async remove(_physicalId, place, properties) {
    await place.api('ec2', properties['InternetGatewayId'] === undefined ? 'DetachVpnGateway' : 'DetachInternetGateway', properties);
  },
};

const routeTable: ResourceType = {
  async create(properties, place) {
    const answer = await place.api('ec2', 'CreateRouteTable', { ...properties, ...tagSpecifications('route-table', properties, place) });
    const physicalId = textAt(answer, 'RouteTable.RouteTableId');
    return { physicalId, attributes: { RouteTableId: physicalId } };
  },
  replacedBy: ['VpcId'],
  async update(physicalId, properties, place) {
    await retag(physicalId, properties, place);
    return { physicalId };
  },
  async remove(RouteTableId, place) {
    await place.api('ec2', 'DeleteRouteTable', { RouteTableId });
  },
};

const route: ResourceType = {
  async create(properties, place) {
    await place.api('ec2', 'CreateRoute', properties);
    const destination = textOf(properties['DestinationCidrBlock'] ?? properties['DestinationIpv6CidrBlock'] ?? '');
    return { physicalId: `${textOf(properties['RouteTableId'])}|${destination}`, attributes: { CidrBlock: destination } };
  },
  replacedBy: ['RouteTableId', 'DestinationCidrBlock', 'DestinationIpv6CidrBlock'],
  async update(physicalId, properties, place, before) {
    await place.api('ec2', 'DeleteRoute', before);
    await place.api('ec2', 'CreateRoute', properties);
    return { physicalId };
  },
  async remove(_physicalId, place, properties) {
    await place.api('ec2', 'DeleteRoute', properties);
  },
};

const routeTableAssociation: ResourceType = {
  async create(properties, place) {
    const physicalId = textAt(await place.api('ec2', 'AssociateRouteTable', properties), 'AssociationId');
    return { physicalId, attributes: { Id: physicalId } };
  },
  async remove(AssociationId, place) {
    await place.api('ec2', 'DisassociateRouteTable', { AssociationId });
  },
};

/** A rule of a template as EC2's permission. */
function permissionOf(rule: Record<string, unknown>, direction: 'Source' | 'Destination'): Record<string, unknown> {
  const description = rule['Description'] === undefined ? {} : { Description: rule['Description'] };
  const group = rule[`${direction}SecurityGroupId`];
  const named = rule['SourceSecurityGroupName'];
  return {
    IpProtocol: rule['IpProtocol'],
    FromPort: rule['FromPort'],
    ToPort: rule['ToPort'],
    ...(rule['CidrIp'] === undefined ? {} : { IpRanges: [{ CidrIp: rule['CidrIp'], ...description }] }),
    ...(rule['CidrIpv6'] === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6: rule['CidrIpv6'], ...description }] }),
    ...(group === undefined && named === undefined ? {} : { UserIdGroupPairs: [{ GroupId: group, GroupName: named, ...description }] }),
  };
}

const EVERYTHING = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

async function changeRules(GroupId: string, verb: 'Authorize' | 'Revoke', properties: Properties, place: Place): Promise<void> {
  const rules = (name: string, direction: 'Source' | 'Destination'): Record<string, unknown>[] =>
    listAt(properties[name]).map((rule) => permissionOf(recordAt(rule), direction));
  const ingress = rules('SecurityGroupIngress', 'Source');
  const egress = rules('SecurityGroupEgress', 'Destination');
  if (ingress.length > 0) {
    await place.api('ec2', `${verb}SecurityGroupIngress`, { GroupId, IpPermissions: ingress });
  }
  if (egress.length > 0) {
    if (verb === 'Authorize') {
      await unlessGone(place.api('ec2', 'RevokeSecurityGroupEgress', { GroupId, IpPermissions: [EVERYTHING] }));
    }
    await place.api('ec2', `${verb}SecurityGroupEgress`, { GroupId, IpPermissions: egress });
  }
}

const securityGroup: ResourceType = {
  async create(properties, place) {
    const input = {
      GroupName: properties['GroupName'] ?? place.name(),
      Description: properties['GroupDescription'],
      VpcId: properties['VpcId'],
      ...tagSpecifications('security-group', properties, place),
    };
    const physicalId = textAt(await place.api('ec2', 'CreateSecurityGroup', input), 'GroupId');
    await changeRules(physicalId, 'Authorize', properties, place);
    return { physicalId, attributes: { GroupId: physicalId, Id: physicalId, VpcId: textOf(properties['VpcId'] ?? '') } };
  },
  replacedBy: ['GroupName', 'GroupDescription', 'VpcId'],
  async update(physicalId, properties, place, before) {
    await changeRules(physicalId, 'Revoke', before, place);
    await changeRules(physicalId, 'Authorize', properties, place);
    await retag(physicalId, properties, place);
    return { physicalId };
  },
  async remove(GroupId, place) {
    await place.api('ec2', 'DeleteSecurityGroup', { GroupId });
  },
};

/** A rule apart from its group. */
function groupRule(kind: 'Ingress' | 'Egress'): ResourceType {
  const direction = kind === 'Ingress' ? 'Source' : 'Destination';
  return {
    async create(properties, place) {
      const input = {
        GroupId: properties['GroupId'],
        GroupName: properties['GroupName'],
        IpPermissions: [permissionOf(properties, direction)],
      };
      const answer = await place.api('ec2', `AuthorizeSecurityGroup${kind}`, input);
      const physicalId = textAt(answer, 'SecurityGroupRules.0.SecurityGroupRuleId') || place.name();
      return { physicalId, attributes: { Id: physicalId } };
    },
    async remove(_physicalId, place, properties) {
      await place.api('ec2', `RevokeSecurityGroup${kind}`, {
        GroupId: properties['GroupId'],
        IpPermissions: [permissionOf(properties, direction)],
      });
    },
  };
}

const elasticAddress: ResourceType = {
  async create(properties, place) {
    const answer = await place.api('ec2', 'AllocateAddress', {
      Domain: 'vpc',
      ...properties,
      ...tagSpecifications('elastic-ip', properties, place),
    });
    const PublicIp = textAt(answer, 'PublicIp');
    const AllocationId = textAt(answer, 'AllocationId');
    if (properties['InstanceId'] !== undefined) {
      await place.api('ec2', 'AssociateAddress', { AllocationId, InstanceId: properties['InstanceId'] });
    }
    return { physicalId: PublicIp, attributes: { AllocationId, PublicIp } };
  },
  async remove(PublicIp, place) {
    const found = await place.api('ec2', 'DescribeAddresses', { PublicIps: [PublicIp] });
    await place.api('ec2', 'ReleaseAddress', { AllocationId: textAt(found, 'Addresses.0.AllocationId') });
  },
};

const natGateway: ResourceType = {
  async create(properties, place) {
    const answer = await place.api('ec2', 'CreateNatGateway', { ...properties, ...tagSpecifications('natgateway', properties, place) });
    const physicalId = textAt(answer, 'NatGateway.NatGatewayId');
    return { physicalId, attributes: { NatGatewayId: physicalId } };
  },
  async remove(NatGatewayId, place) {
    await place.api('ec2', 'DeleteNatGateway', { NatGatewayId });
  },
};

const networkInterface: ResourceType = {
  async create(properties, place) {
    const input = { ...properties, Groups: properties['GroupSet'], ...tagSpecifications('network-interface', properties, place) };
    const answer = await place.api('ec2', 'CreateNetworkInterface', input);
    const physicalId = textAt(answer, 'NetworkInterface.NetworkInterfaceId');
    return { physicalId, attributes: { Id: physicalId, PrimaryPrivateIpAddress: textAt(answer, 'NetworkInterface.PrivateIpAddress') } };
  },
  async remove(NetworkInterfaceId, place) {
    await place.api('ec2', 'DeleteNetworkInterface', { NetworkInterfaceId });
  },
};

const vpcEndpoint: ResourceType = {
  async create(properties, place) {
    const answer = await place.api('ec2', 'CreateVpcEndpoint', { ...properties, ...tagSpecifications('vpc-endpoint', properties, place) });
    const physicalId = textAt(answer, 'VpcEndpoint.VpcEndpointId');
    return { physicalId, attributes: { Id: physicalId } };
  },
  async remove(id, place) {
    await place.api('ec2', 'DeleteVpcEndpoints', { VpcEndpointIds: [id] });
  },
};

export const networkTypes: ResourceTypes = {
  'AWS::EC2::VPC': vpc,
  'AWS::EC2::Subnet': subnet,
  'AWS::EC2::InternetGateway': internetGateway,
  'AWS::EC2::VPCGatewayAttachment': gatewayAttachment,
  'AWS::EC2::RouteTable': routeTable,
  'AWS::EC2::Route': route,
  'AWS::EC2::SubnetRouteTableAssociation': routeTableAssociation,
  'AWS::EC2::SecurityGroup': securityGroup,
  'AWS::EC2::SecurityGroupIngress': groupRule('Ingress'),
  'AWS::EC2::SecurityGroupEgress': groupRule('Egress'),
  'AWS::EC2::EIP': elasticAddress,
  'AWS::EC2::NatGateway': natGateway,
  'AWS::EC2::NetworkInterface': networkInterface,
  'AWS::EC2::VPCEndpoint': vpcEndpoint,
};
