// Targets: registered, deregistered, and their health as it is shown. ECS registers its tasks through the same two functions.
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../gateway/errors.ts';
import { instancesTable } from '../ec2/instance-table.ts';
import { scopeKey } from '../scope.ts';
import { operation, type AwsContext, type Call, type Operation, type Timestamped } from '../service.ts';
import { validationError } from './errors.ts';
import { elbTables, targetKey, targetsOf, type Target, type TargetGroup } from './state.ts';
import { requireGroup } from './target-groups.ts';
import { stateOf } from './target-state.ts';
import { elbWorldOf } from './world.ts';

type Wanted = Timestamped<sdk.TargetDescription>;

/** Registers targets of a group that exists. A draining target of the same id and port starts anew. */
export function registerTargets(context: AwsContext, group: TargetGroup, targets: readonly Wanted[]): void {
  for (const { Id: id = '', Port: port, AvailabilityZone: zone } of targets) {
    const groupArn = group.TargetGroupArn ?? '';
    const effective = port ?? group.Port;
    const table = elbTables(context.tables).targets;
    const before = table.get(targetKey(groupArn, id, effective));
    if (before && before.state !== 'draining') {
      continue;
    }
    const target: Target = {
      groupArn,
      id,
      port: effective,
      zone,
      registeredAt: context.clock.now(),
      state: 'initial',
      reason: 'Elb.RegistrationInProgress',
      description: 'Target registration is in progress',
    };
    table.put(targetKey(groupArn, id, effective), target);
    elbWorldOf(context).targetChanged(target);
  }
}

/** Lets targets go, after the group's deregistration delay where it is in use. Without a port every port of the id is meant. */
export function deregisterTargets(context: AwsContext, group: TargetGroup, targets: readonly Wanted[]): void {
  const groupArn = group.TargetGroupArn ?? '';
  const delay = Number(group.attributes['deregistration_delay.timeout_seconds'] ?? 300) * 1000;
  for (const { Id: id, Port: port } of targets) {
    for (const target of targetsOf(context.tables, groupArn)) {
      if (target.id !== id || (port !== undefined && target.port !== port) || target.state === 'draining') {
        continue;
      }
      if (delay === 0 || stateOf(context, group, target).State === 'unused') {
        elbWorldOf(context).forget(target);
        continue;
      }
      const draining: Target = {
        ...target,
        state: 'draining',
        reason: 'Target.DeregistrationInProgress',
        description: 'Target deregistration is in progress',
        drainedAt: context.clock.now() + delay,
      };
      elbTables(context.tables).targets.put(targetKey(groupArn, target.id, target.port), draining);
      elbWorldOf(context).targetChanged(draining);
    }
  }
}

function checkTargets(group: TargetGroup, targets: readonly Wanted[], call: Call): void {
  for (const { Id: id = '', Port: port } of targets) {
    if (port !== undefined && (port < 1 || port > 65_535)) {
      throw validationError(`The port '${port}' is not valid; it must be between 1 and 65535`);
    }
    if (group.TargetType === 'ip' && !/^(\d{1,3}\.){3}\d{1,3}$|:/.test(id)) {
      throw validationError(`The IP address '${id}' is not a valid IPv4 address`);
    }
    if (group.TargetType === 'instance') {
      if (!/^i-[0-9a-f]+$/.test(id)) {
        throw validationError(`Instance ID '${id}' is not valid`);
      }
      const instance = instancesTable(call.tables).get(scopeKey(call, id));
      if (!instance) {
        throw new AwsError(
          'InvalidTargetException',
          `The following targets are not in the target group VPC '${group.VpcId ?? ''}': '${id}'`,
        );
      }
      const name = instance.State?.Name;
      if (name !== 'running' && name !== 'pending') {
        throw new AwsError('InvalidTargetException', `The following targets are not in a running state and cannot be registered: '${id}'`);
      }
    }
  }
}

function describe(
  input: Timestamped<sdk.DescribeTargetHealthInput>,
  call: Call,
): Timestamped<Omit<sdk.DescribeTargetHealthOutput, '$metadata'>> {
  const group = requireGroup(input.TargetGroupArn, call);
  const all = targetsOf(call.tables, group.TargetGroupArn ?? '');
  const described: { id: string; port: number | undefined; target?: Target }[] = input.Targets?.length
    ? input.Targets.flatMap(({ Id, Port }) => {
        const found = all.filter((one) => one.id === Id && (Port === undefined || one.port === Port));
        return found.length > 0 ? found.map(named) : [{ id: Id ?? '', port: Port ?? group.Port }];
      })
    : all.map(named);
  return {
    TargetHealthDescriptions: described.map(({ id, port, target }) => ({
      Target: {
        Id: id,
        ...(port === undefined ? {} : { Port: port }),
        ...(target?.zone === undefined ? {} : { AvailabilityZone: target.zone }),
      },
      HealthCheckPort: group.HealthCheckPort === 'traffic-port' ? String(port ?? '') : group.HealthCheckPort,
      TargetHealth: target
        ? stateOf(call, group, target)
        : { State: 'unused', Reason: 'Target.NotRegistered', Description: 'Target is not registered to the target group' },
    })),
  };
}

function named(target: Target): { id: string; port: number | undefined; target: Target } {
  return { id: target.id, port: target.port, target };
}

export const targetOperations: Readonly<Record<string, Operation>> = {
  RegisterTargets: operation<sdk.RegisterTargetsInput, object>({
    handle: (input, call) => {
      const group = requireGroup(input.TargetGroupArn, call);
      checkTargets(group, input.Targets ?? [], call);
      registerTargets(call, group, input.Targets ?? []);
      return {};
    },
  }),
  DeregisterTargets: operation<sdk.DeregisterTargetsInput, object>({
    handle: (input, call) => {
      deregisterTargets(call, requireGroup(input.TargetGroupArn, call), input.Targets ?? []);
      return {};
    },
  }),
  DescribeTargetHealth: operation<sdk.DescribeTargetHealthInput, sdk.DescribeTargetHealthOutput>({ handle: describe }),
};
