// Target groups: where balancers forward to, and how their targets' health is checked.
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../gateway/errors.ts';
import { ec2Tables } from '../ec2/state.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { groupAttributes, groupDefaults, listed } from './attributes.ts';
import { balancerNotFound, groupNotFound, notOneOf, validationError } from './errors.ts';
import { balancersOf, elbTables, keyOf, newHash, targetsOf, type TargetGroup } from './state.ts';
import { taggedWith } from './tags.ts';
import { elbWorldOf } from './world.ts';

const PROTOCOLS = ['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP', 'GENEVE'];
const CHECK_PROTOCOLS = ['HTTPS', 'HTTP', 'TCP', 'TLS', 'UDP', 'TCP_UDP', 'GENEVE'];
const TARGET_TYPES = ['instance', 'ip', 'lambda', 'alb'];
const NAME_PATTERN = /^(?!.*--)(?!-)(?!.*-$)[A-Za-z0-9-]+$/;
const PAGE = 50;

export function requireGroup(groupArn: string | undefined, call: Call): TargetGroup {
  const group = elbTables(call.tables).targetGroups.get(keyOf(groupArn));
  if (!group) {
    throw groupNotFound();
  }
  return group;
}

function shown({ attributes: _attributes, tags: _tags, ...group }: TargetGroup, call: Call): Timestamped<sdk.TargetGroup> {
  return { ...group, LoadBalancerArns: balancersOf(call.tables, group.TargetGroupArn ?? '') };
}

function save(group: TargetGroup, call: Call): TargetGroup {
  elbTables(call.tables).targetGroups.put(keyOf(group.TargetGroupArn), group);
  elbWorldOf(call).groupChanged(group.TargetGroupArn ?? '');
  return group;
}

function checkName(name: string): void {
  if (name.length > 32) {
    throw validationError(`Target group name '${name}' cannot be longer than '32' characters`);
  }
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw validationError(`Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`);
  }
  if (!NAME_PATTERN.test(name)) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'targetGroup.targetGroupArn.targetGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!.*--)(?!^-)(?!.*-$)^[A-Za-z0-9-]+$`,
    );
  }
}

interface CheckInput {
  HealthCheckProtocol?: string;
  HealthCheckPort?: string;
  HealthCheckPath?: string;
  HealthCheckEnabled?: boolean;
  HealthCheckIntervalSeconds?: number;
  HealthCheckTimeoutSeconds?: number;
  HealthyThresholdCount?: number;
  UnhealthyThresholdCount?: number;
  Matcher?: Timestamped<sdk.Matcher>;
}

/** The health check of a group, defaults filled in. Throws for values out of their range. */
function healthCheck(
  input: CheckInput,
  group: { protocol: string | undefined; targetType: string; version: string | undefined },
): CheckInput {
  const isHttpGroup = group.protocol === 'HTTP' || group.protocol === 'HTTPS';
  const protocol = input.HealthCheckProtocol ?? (isHttpGroup ? group.protocol : group.targetType === 'lambda' ? undefined : 'TCP');
  if (input.HealthCheckProtocol !== undefined && !CHECK_PROTOCOLS.includes(input.HealthCheckProtocol)) {
    throw validationError(
      `Value ${input.HealthCheckProtocol} at 'healthCheckProtocol' failed to satisfy constraint: Member must satisfy enum value set: [${CHECK_PROTOCOLS.map((one) => `'${one}'`).join(', ')}]`,
    );
  }
  const isHttpCheck = protocol === 'HTTP' || protocol === 'HTTPS' || group.targetType === 'lambda';
  const interval = input.HealthCheckIntervalSeconds ?? (group.targetType === 'lambda' ? 35 : 30);
  const timeout = input.HealthCheckTimeoutSeconds ?? (group.targetType === 'lambda' ? 30 : isHttpGroup ? 5 : isHttpCheck ? 6 : 10);
  checkRange('Health check interval', interval, 5, 300);
  checkRange('Health check timeout', timeout, 2, 120);
  checkRange('Healthy threshold count', input.HealthyThresholdCount, 2, 10);
  checkRange('Unhealthy threshold count', input.UnhealthyThresholdCount, 2, 10);
  if (timeout > interval) {
    throw validationError(
      isHttpGroup
        ? `Health check timeout '${timeout}' must be smaller than the interval '${interval}'`
        : `Health check timeout '${timeout}' must be smaller than or equal to the interval '${interval}'`,
    );
  }
  if (isHttpGroup && timeout === interval) {
    throw validationError(`Health check timeout '${timeout}' must be smaller than the interval '${interval}'`);
  }
  if (input.Matcher?.HttpCode !== undefined && !/^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/.test(input.Matcher.HttpCode)) {
    throw validationError('HttpCode must be like 200 | 200-399 | 200,201 ...');
  }
  const isGrpc = group.version === 'GRPC';
  return {
    ...(protocol === undefined ? {} : { HealthCheckProtocol: protocol }),
    ...(group.targetType === 'lambda' ? {} : { HealthCheckPort: input.HealthCheckPort ?? 'traffic-port' }),
    HealthCheckEnabled: input.HealthCheckEnabled ?? group.targetType !== 'lambda',
    ...(isHttpCheck ? { HealthCheckPath: input.HealthCheckPath ?? (isGrpc ? '/AWS.ALB/healthcheck' : '/') } : {}),
    HealthCheckIntervalSeconds: interval,
    HealthCheckTimeoutSeconds: timeout,
    HealthyThresholdCount: input.HealthyThresholdCount ?? 5,
    UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? 2,
    ...(isHttpCheck
      ? {
          Matcher:
            input.Matcher ?? (isGrpc ? { GrpcCode: '12' } : { HttpCode: isHttpGroup || group.targetType === 'lambda' ? '200' : '200-399' }),
        }
      : {}),
  };
}

function checkRange(what: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined && (value < least || value > most)) {
    throw validationError(`${what} must be between '${least}' and '${most}' inclusive`);
  }
}

function checkPlace(input: Timestamped<sdk.CreateTargetGroupInput>, targetType: string, call: Call): void {
  if (targetType === 'lambda') {
    const refused =
      input.Port !== undefined ? 'Port' : input.VpcId !== undefined ? 'VPC ID' : input.Protocol !== undefined ? 'Protocol' : undefined;
    if (refused !== undefined) {
      throw validationError(`${refused} cannot be specified for target groups with target type 'lambda'`);
    }
    return;
  }
  if (input.Protocol === undefined) {
    throw validationError('A protocol must be specified');
  }
  if (!PROTOCOLS.includes(input.Protocol)) {
    throw notOneOf(input.Protocol, 'protocol', PROTOCOLS);
  }
  if (input.Port === undefined) {
    throw validationError('A port must be specified');
  }
  if (input.Port < 1 || input.Port > 65_535) {
    throw validationError(
      `1 validation error detected: Value '${input.Port}' at 'port' failed to satisfy constraint: Member must have value ${input.Port < 1 ? 'greater than or equal to 1' : 'less than or equal to 65535'}`,
    );
  }
  if (input.VpcId === undefined) {
    throw validationError('A VPC ID must be specified');
  }
  if (!ec2Tables(call.tables).vpcs.has(scopeKey(call, input.VpcId))) {
    throw validationError(`The VPC ID '${input.VpcId}' is not found`);
  }
}

function create(input: Timestamped<sdk.CreateTargetGroupInput>, call: Call): { TargetGroups: Timestamped<sdk.TargetGroup>[] } {
  const name = input.Name ?? '';
  checkName(name);
  const targetType: string = input.TargetType ?? 'instance';
  if (!TARGET_TYPES.includes(targetType)) {
    throw notOneOf(targetType, 'targetType', TARGET_TYPES);
  }
  checkPlace(input, targetType, call);
  const protocol: string | undefined = targetType === 'lambda' ? undefined : input.Protocol;
  const isHttp = protocol === 'HTTP' || protocol === 'HTTPS';
  const version = isHttp ? (input.ProtocolVersion ?? 'HTTP1') : undefined;
  const checks = healthCheck(input, { protocol, targetType, version });
  const tags = taggedWith([], input.Tags);
  const before = elbTables(call.tables)
    .targetGroups.list(`${scopeKey(call)}/`)
    .find((one) => one.TargetGroupName === name);
  const settings = {
    TargetGroupName: name,
    ...(protocol === undefined ? {} : { Protocol: protocol as sdk.ProtocolEnum }),
    ...(input.Port === undefined ? {} : { Port: input.Port }),
    ...(input.VpcId === undefined ? {} : { VpcId: input.VpcId }),
    ...(checks as Partial<TargetGroup>),
    TargetType: targetType as sdk.TargetTypeEnum,
    ...(version === undefined ? {} : { ProtocolVersion: version }),
    ...(protocol === 'GENEVE' || targetType === 'lambda' ? {} : { IpAddressType: input.IpAddressType ?? ('ipv4' as const) }),
  };
  if (before) {
    const isSame = Object.entries(settings).every(
      ([key, value]) => JSON.stringify(before[key as keyof TargetGroup]) === JSON.stringify(value),
    );
    if (isSame) {
      return { TargetGroups: [shown(before, call)] };
    }
    throw new AwsError(
      'DuplicateTargetGroupNameException',
      `A target group with the same name '${name}' exists, but with different settings`,
    );
  }
  const group: TargetGroup = {
    TargetGroupArn: arn('elasticloadbalancing', call, `targetgroup/${name}/${newHash()}`),
    ...settings,
    attributes: groupDefaults(protocol, targetType),
    tags,
  };
  return { TargetGroups: [shown(save(group, call), call)] };
}

function remove(input: Timestamped<sdk.DeleteTargetGroupInput>, call: Call): object {
  const groupArn = input.TargetGroupArn ?? '';
  const tables = elbTables(call.tables);
  const group = tables.targetGroups.get(keyOf(groupArn));
  if (!group) {
    return {};
  }
  if (balancersOf(call.tables, groupArn).length > 0) {
    throw new AwsError('ResourceInUseException', `The target group '${groupArn}' is currently in use by a listener or a rule`);
  }
  tables.targetGroups.delete(keyOf(groupArn));
  for (const target of targetsOf(call.tables, groupArn)) {
    elbWorldOf(call).forget(target);
  }
  return {};
}

function describe(
  input: Timestamped<sdk.DescribeTargetGroupsInput>,
  call: Call,
): Timestamped<Omit<sdk.DescribeTargetGroupsOutput, '$metadata'>> {
  const all = elbTables(call.tables).targetGroups.list(`${scopeKey(call)}/`);
  const { TargetGroupArns: arns, Names: names, LoadBalancerArn: balancer } = input;
  if (balancer !== undefined && !elbTables(call.tables).loadBalancers.has(keyOf(balancer))) {
    throw balancerNotFound();
  }
  const isMissing =
    arns?.some((wanted) => !all.some((one) => one.TargetGroupArn === wanted)) ||
    names?.some((wanted) => !all.some((one) => one.TargetGroupName === wanted));
  if (isMissing) {
    throw groupNotFound();
  }
  const found = all.filter(
    (one) =>
      (!arns?.length || arns.includes(one.TargetGroupArn ?? '')) &&
      (!names?.length || names.includes(one.TargetGroupName ?? '')) &&
      (balancer === undefined || balancersOf(call.tables, one.TargetGroupArn ?? '').includes(balancer)),
  );
  const page = pageOf(found, input.Marker, input.PageSize ?? PAGE);
  return { TargetGroups: page.items.map((one) => shown(one, call)), NextMarker: page.nextToken };
}

export const targetGroupOperations: Readonly<Record<string, Operation>> = {
  CreateTargetGroup: operation<sdk.CreateTargetGroupInput, sdk.CreateTargetGroupOutput>({ handle: create }),
  DeleteTargetGroup: operation<sdk.DeleteTargetGroupInput, object>({ handle: remove }),
  DescribeTargetGroups: operation<sdk.DescribeTargetGroupsInput, sdk.DescribeTargetGroupsOutput>({ handle: describe }),
  ModifyTargetGroup: operation<sdk.ModifyTargetGroupInput, sdk.ModifyTargetGroupOutput>({
    handle: (input, call) => {
      const group = requireGroup(input.TargetGroupArn, call);
      const { TargetGroupArn: _arn, ...changes } = input;
      const checks = healthCheck(
        { ...group, ...changes },
        { protocol: group.Protocol, targetType: group.TargetType ?? 'instance', version: group.ProtocolVersion },
      );
      return { TargetGroups: [shown(save({ ...group, ...(checks as Partial<TargetGroup>) }, call), call)] };
    },
  }),
  DescribeTargetGroupAttributes: operation<sdk.DescribeTargetGroupAttributesInput, sdk.DescribeTargetGroupAttributesOutput>({
    handle: (input, call) => ({ Attributes: listed(requireGroup(input.TargetGroupArn, call).attributes) }),
  }),
  ModifyTargetGroupAttributes: operation<sdk.ModifyTargetGroupAttributesInput, sdk.ModifyTargetGroupAttributesOutput>({
    handle: (input, call) => {
      const group = requireGroup(input.TargetGroupArn, call);
      const attributes = groupAttributes(group, input.Attributes ?? []);
      save({ ...group, attributes }, call);
      const changed = new Set((input.Attributes ?? []).map((one) => one.Key));
      return { Attributes: listed(attributes).filter((one) => changed.has(one.Key)) };
    },
  }),
};
