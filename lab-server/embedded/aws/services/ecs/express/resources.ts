// What an Express Mode service stands on: a load balancer that services share, a rule and two target groups of its own, security groups, scaling.
import { randomBytes } from 'node:crypto';
import type { Call } from '../../service.ts';
import { rolePrincipal } from '../tasks/secrets.ts';
import type { ExpressConfiguration, ExpressResources } from './record.ts';

const BALANCER_PREFIX = 'ecs-express-gateway-alb-';
const HTTP_PORT = 80;
const NAME_LIMIT = 32;

/** Calls another service as ECS does with the infrastructure role of an Express service. */
export async function asInfrastructure<Answer>(call: Call, service: string, operation: string, input: object): Promise<Answer> {
  return (await call.call(service, operation, input, { principal: rolePrincipal(call, undefined), region: call.region })) as Answer;
}

export interface Place {
  vpcId: string;
  subnets: string[];
}

/** The subnets given, or those of the default VPC. */
export async function placeFor(given: readonly string[] | undefined, call: Call): Promise<Place> {
  const filter = given?.length ? { SubnetIds: given } : { Filters: [{ Name: 'default-for-az', Values: ['true'] }] };
  const { Subnets = [] } = await asInfrastructure<{ Subnets?: { SubnetId: string; VpcId: string }[] }>(
    call,
    'ec2',
    'DescribeSubnets',
    filter,
  );
  return { vpcId: Subnets[0]?.VpcId ?? '', subnets: Subnets.map((subnet) => subnet.SubnetId) };
}

async function securityGroup(name: string, vpcId: string, port: number, from: object, call: Call): Promise<string> {
  const { GroupId } = await asInfrastructure<{ GroupId: string }>(call, 'ec2', 'CreateSecurityGroup', {
    GroupName: name,
    Description: 'Managed by Amazon ECS Express Mode',
    VpcId: vpcId,
  });
  await asInfrastructure(call, 'ec2', 'AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...from }],
  });
  return GroupId;
}

interface Balancer {
  LoadBalancerArn: string;
  LoadBalancerName: string;
  SecurityGroups?: string[];
}

/** The shared load balancer of a VPC with its listener; made for the first service. */
async function balancerFor(place: Place, call: Call): Promise<{ balancer: Balancer; listenerArn: string }> {
  const { LoadBalancers = [] } = await asInfrastructure<{ LoadBalancers?: (Balancer & { VpcId: string })[] }>(
    call,
    'elasticloadbalancing',
    'DescribeLoadBalancers',
    {},
  );
  const shared = LoadBalancers.find((one) => one.LoadBalancerName.startsWith(BALANCER_PREFIX) && one.VpcId === place.vpcId);
  if (shared) {
    const { Listeners } = await asInfrastructure<{ Listeners: { ListenerArn: string }[] }>(
      call,
      'elasticloadbalancing',
      'DescribeListeners',
      {
        LoadBalancerArn: shared.LoadBalancerArn,
      },
    );
    return { balancer: shared, listenerArn: Listeners[0]?.ListenerArn ?? '' };
  }
  const name = BALANCER_PREFIX + randomBytes(4).toString('hex');
  const group = await securityGroup(name, place.vpcId, HTTP_PORT, { IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, call);
  const made = await asInfrastructure<{ LoadBalancers: Balancer[] }>(call, 'elasticloadbalancing', 'CreateLoadBalancer', {
    Name: name,
    Subnets: place.subnets,
    SecurityGroups: [group],
    Scheme: 'internet-facing',
    Type: 'application',
  });
  const balancer = made.LoadBalancers[0] as Balancer;
  const { Listeners } = await asInfrastructure<{ Listeners: { ListenerArn: string }[] }>(call, 'elasticloadbalancing', 'CreateListener', {
    LoadBalancerArn: balancer.LoadBalancerArn,
    Protocol: 'HTTP',
    Port: HTTP_PORT,
    DefaultActions: [
      { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain', MessageBody: 'Not Found' } },
    ],
  });
  return { balancer: { ...balancer, SecurityGroups: [group] }, listenerArn: Listeners[0]?.ListenerArn ?? '' };
}

export interface Wanted {
  serviceName: string;
  port: number;
  healthCheckPath: string;
  securityGroups: readonly string[] | undefined;
}

/** Makes the way from the service's host name to its tasks. */
export async function makeResources(wanted: Wanted, place: Place, call: Call): Promise<ExpressResources> {
  const { balancer, listenerArn } = await balancerFor(place, call);
  const id = randomBytes(6).toString('hex');
  const host = `${wanted.serviceName.toLowerCase()}-${id}.ecs.${call.region}.on.aws`;
  const groupArns: string[] = [];
  for (const colour of ['a', 'b']) {
    const { TargetGroups } = await asInfrastructure<{ TargetGroups: { TargetGroupArn: string }[] }>(
      call,
      'elasticloadbalancing',
      'CreateTargetGroup',
      {
        Name: `ecs-${colour}-${id}-${wanted.serviceName}`.slice(0, NAME_LIMIT).replace(/-+$/, ''),
        Protocol: 'HTTP',
        Port: wanted.port,
        VpcId: place.vpcId,
        TargetType: 'ip',
        HealthCheckPath: wanted.healthCheckPath,
      },
    );
    groupArns.push(TargetGroups[0]?.TargetGroupArn ?? '');
  }
  const { Rules: known } = await asInfrastructure<{ Rules: { Priority: string }[] }>(call, 'elasticloadbalancing', 'DescribeRules', {
    ListenerArn: listenerArn,
  });
  const priority = Math.max(0, ...known.map((rule) => Number(rule.Priority)).filter((number) => !Number.isNaN(number))) + 1;
  const [first = '', second = ''] = groupArns;
  const { Rules } = await asInfrastructure<{ Rules: { RuleArn: string }[] }>(call, 'elasticloadbalancing', 'CreateRule', {
    ListenerArn: listenerArn,
    Priority: priority,
    Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: [host] } }],
    Actions: [
      {
        Type: 'forward',
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: first, Weight: 100 },
            { TargetGroupArn: second, Weight: 0 },
          ],
        },
      },
    ],
  });
  const serviceGroupId = wanted.securityGroups?.length
    ? undefined
    : await securityGroup(
        `ecs-express-${wanted.serviceName}-${id}`,
        place.vpcId,
        wanted.port,
        { UserIdGroupPairs: (balancer.SecurityGroups ?? []).map((GroupId) => ({ GroupId })) },
        call,
      );
  return {
    host,
    balancerArn: balancer.LoadBalancerArn,
    balancerName: balancer.LoadBalancerName,
    listenerArn,
    ruleArn: Rules[0]?.RuleArn ?? '',
    groupArns: [first, second],
    ...(serviceGroupId === undefined ? {} : { serviceGroupId }),
  };
}

const METRICS: Readonly<Record<string, string>> = {
  AVERAGE_CPU: 'ECSServiceAverageCPUUtilization',
  AVERAGE_MEMORY: 'ECSServiceAverageMemoryUtilization',
  REQUEST_COUNT_PER_TARGET: 'ALBRequestCountPerTarget',
};

/** Lets the service scale between its bounds by its metric. */
export async function scale(resourceId: string, target: NonNullable<ExpressConfiguration['scalingTarget']>, call: Call): Promise<void> {
  const common = { ServiceNamespace: 'ecs', ResourceId: resourceId, ScalableDimension: 'ecs:service:DesiredCount' };
  await asInfrastructure(call, 'application-autoscaling', 'RegisterScalableTarget', {
    ...common,
    MinCapacity: target.minTaskCount,
    MaxCapacity: target.maxTaskCount,
  });
  const metric = METRICS[target.autoScalingMetric ?? ''];
  if (metric !== undefined && metric !== 'ALBRequestCountPerTarget') {
    await asInfrastructure(call, 'application-autoscaling', 'PutScalingPolicy', {
      ...common,
      PolicyName: 'ecs-express-target-tracking',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: target.autoScalingTargetValue,
        PredefinedMetricSpecification: { PredefinedMetricType: metric },
      },
    });
  }
}

/** Takes down what was made for one service. What others still use, or what is gone already, stays as it is. */
export async function removeResources(made: ExpressResources, resourceId: string, call: Call): Promise<void> {
  const steps: [service: string, operation: string, input: object][] = [
    [
      'application-autoscaling',
      'DeregisterScalableTarget',
      { ServiceNamespace: 'ecs', ResourceId: resourceId, ScalableDimension: 'ecs:service:DesiredCount' },
    ],
    ['elasticloadbalancing', 'DeleteRule', { RuleArn: made.ruleArn }],
    ...made.groupArns.map((TargetGroupArn): [string, string, object] => ['elasticloadbalancing', 'DeleteTargetGroup', { TargetGroupArn }]),
  ];
  for (const [service, operation, input] of steps) {
    await asInfrastructure(call, service, operation, input).catch(() => undefined);
  }
  const { Rules = [] } = await asInfrastructure<{ Rules?: { IsDefault?: boolean }[] }>(call, 'elasticloadbalancing', 'DescribeRules', {
    ListenerArn: made.listenerArn,
  }).catch(() => ({ Rules: [] }));
  if (Rules.every((rule) => rule.IsDefault)) {
    await asInfrastructure(call, 'elasticloadbalancing', 'DeleteLoadBalancer', { LoadBalancerArn: made.balancerArn }).catch(
      () => undefined,
    );
  }
}
