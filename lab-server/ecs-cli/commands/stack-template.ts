// The CloudFormation template of `ecs-cli up`: a network of its own or one that is there, and for EC2 a security group, a role and a group of instances that join the cluster.

/** What the flags of `up` ask for. */
export interface StackPlan {
  cluster: string;
  launchType: 'EC2' | 'FARGATE' | 'EXTERNAL';
  /** Absent: a VPC with two public subnets is made. */
  network?: { vpc: string; subnets: readonly string[] };
  /** Zones of the subnets that are made; absent: the region's first two. */
  zones?: readonly string[];
  securityGroups?: readonly string[];
  /** What the group that is made lets in. */
  source: { cidr: string; port: number };
  associatePublicIp: boolean;
  instanceType: string;
  imageId: string;
  instanceRole?: string;
  keyPair?: string;
  spotPrice?: string;
  size: number;
  /** Commands of an instance's first start after it was told its cluster. */
  userData: string;
  requireImdsv2: boolean;
}

type Resource = { Type: string; DependsOn?: string; Properties?: Record<string, unknown> };
type Resources = Record<string, Resource>;

const ref = (name: string): object => ({ Ref: name });

/** The parameter that `ecs-cli scale` changes. */
export const SIZE_PARAMETER = 'AsgMaxSize';

export function stackTemplate(plan: StackPlan): object {
  const isEc2 = plan.launchType === 'EC2';
  const vpc = plan.network?.vpc ?? ref('Vpc');
  const subnets = plan.network?.subnets ?? [ref('PubSubnetAz1'), ref('PubSubnetAz2')];
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `What tasks of the ECS cluster ${plan.cluster} run on, made by ecs-cli.`,
    ...(isEc2 ? { Parameters: { [SIZE_PARAMETER]: { Type: 'Number', Description: 'Number of instances', Default: '1' } } } : {}),
    Resources: {
      ...(plan.network ? {} : network(plan.zones)),
      ...(isEc2 ? instances(plan, vpc, subnets) : {}),
    },
  };
}

function network(zones: readonly string[] | undefined): Resources {
  const zone = (index: number): unknown => zones?.[index] ?? { 'Fn::Select': [String(index), { 'Fn::GetAZs': ref('AWS::Region') }] };
  const subnet = (index: number): Resource => ({
    Type: 'AWS::EC2::Subnet',
    Properties: { VpcId: ref('Vpc'), CidrBlock: `10.0.${index}.0/24`, AvailabilityZone: zone(index), MapPublicIpOnLaunch: true },
  });
  const association = (name: string): Resource => ({
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: ref(name), RouteTableId: ref('RouteViaIgw') },
  });
  return {
    Vpc: {
      Type: 'AWS::EC2::VPC',
      Properties: { CidrBlock: '10.0.0.0/16', EnableDnsSupport: true, EnableDnsHostnames: true },
    },
    PubSubnetAz1: subnet(0),
    PubSubnetAz2: subnet(1),
    InternetGateway: { Type: 'AWS::EC2::InternetGateway' },
    AttachGateway: {
      Type: 'AWS::EC2::VPCGatewayAttachment',
      Properties: { VpcId: ref('Vpc'), InternetGatewayId: ref('InternetGateway') },
    },
    RouteViaIgw: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref('Vpc') } },
    PublicRouteViaIgw: {
      Type: 'AWS::EC2::Route',
      DependsOn: 'AttachGateway',
      Properties: { RouteTableId: ref('RouteViaIgw'), DestinationCidrBlock: '0.0.0.0/0', GatewayId: ref('InternetGateway') },
    },
    PubSubnet1RouteTableAssociation: association('PubSubnetAz1'),
    PubSubnet2RouteTableAssociation: association('PubSubnetAz2'),
  };
}

function instances(plan: StackPlan, vpc: unknown, subnets: readonly unknown[]): Resources {
  const groups = plan.securityGroups ?? [ref('EcsSecurityGroup')];
  const role: Resources =
    plan.instanceRole === undefined
      ? {
          EcsInstanceRole: {
            Type: 'AWS::IAM::Role',
            Properties: {
              AssumeRolePolicyDocument: {
                Version: '2012-10-17',
                Statement: [{ Effect: 'Allow', Principal: { Service: ['ec2.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
              },
              ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role'],
            },
          },
        }
      : {};
  return {
    ...role,
    ...(plan.securityGroups ? {} : { EcsSecurityGroup: securityGroup(plan, vpc) }),
    EcsInstanceProfile: {
      Type: 'AWS::IAM::InstanceProfile',
      Properties: { Roles: [plan.instanceRole ?? ref('EcsInstanceRole')] },
    },
    EcsInstanceLt: launchTemplate(plan, groups),
    EcsInstanceAsg: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      ...(plan.network ? {} : { DependsOn: 'PublicRouteViaIgw' }),
      Properties: {
        VPCZoneIdentifier: subnets,
        LaunchTemplate: { LaunchTemplateId: ref('EcsInstanceLt'), Version: { 'Fn::GetAtt': ['EcsInstanceLt', 'LatestVersionNumber'] } },
        MinSize: '0',
        MaxSize: ref(SIZE_PARAMETER),
        DesiredCapacity: ref(SIZE_PARAMETER),
        Tags: [{ Key: 'Name', Value: `ECS Instance - amazon-ecs-cli-setup-${plan.cluster}`, PropagateAtLaunch: true }],
      },
    },
  };
}

function securityGroup({ cluster, source }: StackPlan, vpc: unknown): Resource {
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: `Port ${source.port} of the instances of ${cluster}`,
      VpcId: vpc,
      SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: source.port, ToPort: source.port, CidrIp: source.cidr }],
    },
  };
}

/** Launch configurations are closed to new accounts: a template. */
function launchTemplate(plan: StackPlan, groups: readonly unknown[]): Resource {
  return {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: {
      LaunchTemplateData: {
        ImageId: plan.imageId,
        InstanceType: plan.instanceType,
        IamInstanceProfile: { Arn: { 'Fn::GetAtt': ['EcsInstanceProfile', 'Arn'] } },
        NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: plan.associatePublicIp, Groups: groups }],
        ...(plan.keyPair === undefined ? {} : { KeyName: plan.keyPair }),
        ...(plan.spotPrice === undefined
          ? {}
          : { InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { MaxPrice: plan.spotPrice } } }),
        ...(plan.requireImdsv2 ? { MetadataOptions: { HttpTokens: 'required' } } : {}),
        UserData: { 'Fn::Base64': plan.userData },
      },
    },
  };
}
