// What a request asks to be allowed, for operations that do not say it themselves: the action, on the resources that the input names, and the roles
// that it would pass on (Service Authorization Reference).
import type { Authorization, Call } from '../services/service.ts';

type Input = Readonly<Record<string, unknown>>;

/** Services whose actions have another prefix in policies than the service has on the wire. */
const ACTION_PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** Actions that only look at many things have no resource of their own. */
const LISTS = /^(Describe|List|Get)/;

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string' && one !== '') as string[];
}

function arnOf(service: string, call: Call, resource: string): string {
  return `arn:aws:${service}:${call.region}:${call.account}:${resource}`;
}

/** An ARN as it is, or the ARN that a name stands for. */
function named(reference: string, arn: (name: string) => string): string {
  return reference.startsWith('arn:') ? reference : arn(reference);
}

function lastPart(reference: string): string {
  return reference.split('/').at(-1) ?? reference;
}

function ecs(input: Input, call: Call): string[] {
  const cluster = lastPart(texts(input['cluster'])[0] ?? 'default');
  const within = (kind: string) => (reference: string) =>
    named(reference, (name) => arnOf('ecs', call, `${kind}/${cluster}/${lastPart(name)}`));
  const found = [
    ...texts(input['tasks']).map(within('task')),
    ...texts(input['task']).map(within('task')),
    ...texts(input['services']).map(within('service')),
    ...texts(input['service']).map(within('service')),
    ...texts(input['containerInstances']).map(within('container-instance')),
    ...texts(input['containerInstance']).map(within('container-instance')),
    ...texts(input['clusters']).map((one) => named(one, (name) => arnOf('ecs', call, `cluster/${name}`))),
    ...texts(input['capacityProvider']).map((one) => named(one, (name) => arnOf('ecs', call, `capacity-provider/${name}`))),
    ...['resourceArn', 'serviceDeploymentArn', 'serviceDeploymentArns', 'serviceRevisionArns'].flatMap((member) => texts(input[member])),
  ];
  if (found.length > 0) {
    return found;
  }
  switch (call.operation) {
    case 'ListTasks':
      return [arnOf('ecs', call, `container-instance/${cluster}/*`)];
    case 'ListServices':
      return [arnOf('ecs', call, `service/${cluster}/*`)];
    default:
      return input['cluster'] === undefined && call.operation !== 'DescribeClusters' ? [] : [arnOf('ecs', call, `cluster/${cluster}`)];
  }
}

/** A group's actions are on its streams: policies that end in `:*` mean them as well. */
function logs(input: Input, call: Call): string[] {
  const groups = [...texts(input['logGroupName']), ...texts(input['logGroupNames']), ...texts(input['logGroupIdentifier'])];
  const stream = texts(input['logStreamName'])[0] ?? '';
  const arns = groups.map(
    (group) => `${named(group, (name) => arnOf('logs', call, `log-group:${name}`)).replace(/:\*$/, '')}:log-stream:${stream}`,
  );
  return [...arns, ...texts(input['resourceArn'])];
}

function loadBalancing(input: Input, call: Call): string[] {
  if (LISTS.test(call.operation)) {
    return [];
  }
  const created: Readonly<Record<string, string>> = { CreateLoadBalancer: 'loadbalancer/app', CreateTargetGroup: 'targetgroup' };
  const kind = created[call.operation];
  const arns = ['RuleArn', 'ListenerArn', 'TargetGroupArn', 'LoadBalancerArn', 'ResourceArns'].flatMap((member) => texts(input[member]));
  return kind === undefined
    ? arns.slice(0, input['ResourceArns'] === undefined ? 1 : undefined)
    : [arnOf('elasticloadbalancing', call, `${kind}/${texts(input['Name'])[0] ?? ''}/*`)];
}

function metrics(input: Input, call: Call): string[] {
  const alarms = [...texts(input['AlarmName']), ...texts(input['AlarmNames'])].map((name) => arnOf('cloudwatch', call, `alarm:${name}`));
  const dashboards = [...texts(input['DashboardName']), ...texts(input['DashboardNames'])].map(
    (name) => `arn:aws:cloudwatch::${call.account}:dashboard/${name}`,
  );
  return [...alarms, ...dashboards, ...texts(input['ResourceARN'])];
}

function autoScaling(input: Input, call: Call): string[] {
  if (LISTS.test(call.operation)) {
    return [];
  }
  const groups = texts(input['AutoScalingGroupName']).map((name) => `autoScalingGroup:*:autoScalingGroupName/${name}`);
  const configurations = texts(input['LaunchConfigurationName']).map((name) => `launchConfiguration:*:launchConfigurationName/${name}`);
  return (groups.length > 0 ? groups : configurations).map((resource) => arnOf('autoscaling', call, resource));
}

function discovery(input: Input, call: Call): string[] {
  const kind = call.operation.includes('Namespace') ? 'namespace' : 'service';
  return [...texts(input['Id']), ...texts(input['ServiceId'])].map((id) =>
    arnOf('servicediscovery', call, `${id.startsWith('ns-') ? 'namespace' : kind}/${id}`),
  );
}

/** Members of EC2's inputs that name resources, and their kinds. */
const EC2_KINDS: Readonly<Record<string, string>> = {
  InstanceId: 'instance',
  InstanceIds: 'instance',
  VpcId: 'vpc',
  SubnetId: 'subnet',
  GroupId: 'security-group',
  SecurityGroupIds: 'security-group',
  RouteTableId: 'route-table',
  InternetGatewayId: 'internet-gateway',
  NetworkInterfaceId: 'network-interface',
  LaunchTemplateId: 'launch-template',
  AllocationId: 'elastic-ip',
  NatGatewayId: 'natgateway',
  VolumeId: 'volume',
  KeyName: 'key-pair',
};
/** What an action makes is a resource that has no id yet. */
const EC2_MADE: Readonly<Record<string, string>> = {
  RunInstances: 'instance',
  CreateVpc: 'vpc',
  CreateSubnet: 'subnet',
  CreateSecurityGroup: 'security-group',
  CreateRouteTable: 'route-table',
  CreateInternetGateway: 'internet-gateway',
  CreateNetworkInterface: 'network-interface',
  CreateLaunchTemplate: 'launch-template',
  AllocateAddress: 'elastic-ip',
  CreateNatGateway: 'natgateway',
  CreateVolume: 'volume',
};

function ec2(input: Input, call: Call): string[] {
  if (LISTS.test(call.operation)) {
    return [];
  }
  const made = EC2_MADE[call.operation];
  const found = Object.entries(EC2_KINDS).flatMap(([member, kind]) =>
    texts(input[member]).map((id) => arnOf('ec2', call, `${kind}/${id}`)),
  );
  const image = call.operation === 'RunInstances' ? texts(input['ImageId']).map((id) => `arn:aws:ec2:${call.region}::image/${id}`) : [];
  return [...(made === undefined ? [] : [arnOf('ec2', call, `${made}/*`)]), ...found, ...image];
}

const RESOURCES: Readonly<Record<string, (input: Input, call: Call) => string[]>> = {
  ecs,
  logs,
  ec2,
  elasticloadbalancing: loadBalancing,
  monitoring: metrics,
  autoscaling: autoScaling,
  servicediscovery: discovery,
};

/** The usual authorizations of an operation. */
export function usualAuthorizations(input: Input, call: Call): Authorization[] {
  const action = `${ACTION_PREFIXES[call.service] ?? call.service}:${call.operation}`;
  const resources = RESOURCES[call.service]?.(input, call) ?? [];
  const cluster = call.service === 'ecs' ? texts(input['cluster'])[0] : undefined;
  const values: Record<string, string> =
    cluster === undefined ? {} : { 'ecs:cluster': named(cluster, (name) => arnOf('ecs', call, `cluster/${name}`)) };
  return (resources.length > 0 ? [...new Set(resources)] : ['*']).map((resource) => ({ action, resource, values }));
}

/** Whom a request would pass roles to, and the members that name them. */
const PASSES: Readonly<Record<string, readonly [service: string, roles: (input: Input) => string[]]>> = {
  'ecs:RegisterTaskDefinition': [
    'ecs-tasks.amazonaws.com',
    (input) => [...texts(input['taskRoleArn']), ...texts(input['executionRoleArn'])],
  ],
  'ecs:RunTask': ['ecs-tasks.amazonaws.com', overridden],
  'ecs:StartTask': ['ecs-tasks.amazonaws.com', overridden],
  'events:PutRule': ['events.amazonaws.com', (input) => texts(input['RoleArn'])],
  'events:PutTargets': [
    'events.amazonaws.com',
    (input) => ((input['Targets'] ?? []) as Input[]).flatMap((target) => texts(target['RoleArn'])),
  ],
  'cloudformation:CreateStack': ['cloudformation.amazonaws.com', (input) => texts(input['RoleARN'])],
  'cloudformation:UpdateStack': ['cloudformation.amazonaws.com', (input) => texts(input['RoleARN'])],
};

function overridden(input: Input): string[] {
  const overrides = (input['overrides'] ?? {}) as Input;
  return [...texts(overrides['taskRoleArn']), ...texts(overrides['executionRoleArn'])];
}

/** The roles that a request passes to a service: whoever does that must be allowed to. */
export function passedRoles(input: Input, call: Call): Authorization[] {
  const [service, roles] = PASSES[`${call.service}:${call.operation}`] ?? [];
  return [...new Set(roles?.(input) ?? [])].map((role) => ({
    action: 'iam:PassRole',
    resource: named(role, (name) => `arn:aws:iam::${call.account}:role/${name}`),
    values: { 'iam:passedtoservice': service ?? '' },
  }));
}
