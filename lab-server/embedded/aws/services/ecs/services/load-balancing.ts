// Tasks of services behind load balancers: registered as they run, deregistered before they stop, and replaced when their target is unhealthy
// (developer guide, "Use load balancing to distribute Amazon ECS service traffic").
import { registerTargets, deregisterTargets } from '../../elbv2/targets.ts';
import { balancersOf, elbTables, keyOf, targetKey, type Target, type TargetGroup } from '../../elbv2/state.ts';
import { stateOf } from '../../elbv2/target-state.ts';
import { elbWorldOf } from '../../elbv2/world.ts';
import { parseArn, scopeKey } from '../../scope.ts';
import type { AwsContext, Call } from '../../service.ts';
import { invalidParameter } from '../errors.ts';
import { ecsTables, type Service, type Task, type TaskDefinition } from '../state.ts';
import { attachmentOf, detailOf } from '../tasks/network.ts';
import { scopeOf } from '../tasks/record.ts';
import type { EcsWorld } from '../world.ts';
import { saveService, withEvent } from './record.ts';
import { taskSetsOf } from './task-set-record.ts';
import { slotOf } from './traffic.ts';

type Balanced = NonNullable<Service['loadBalancers']>[number];

/** Throws InvalidParameterException for target groups that the service's tasks cannot join. */
export function checkTargetGroups(service: Pick<Service, 'loadBalancers'>, definition: TaskDefinition, call: Call): void {
  for (const { targetGroupArn } of service.loadBalancers ?? []) {
    const parsed = parseArn(targetGroupArn ?? '');
    if (!targetGroupArn || parsed?.account !== call.account || !/^targetgroup\/[^/]+\/[0-9a-f]{16}$/.test(parsed.resource)) {
      continue;
    }
    const group = elbTables(call.tables).targetGroups.get(keyOf(targetGroupArn));
    if (!group) {
      throw invalidParameter(`The specified target group does not exist: ${targetGroupArn}.`);
    }
    if (balancersOf(call.tables, targetGroupArn).length === 0) {
      throw invalidParameter(`The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`);
    }
    if (definition.networkMode === 'awsvpc' && group.TargetType !== 'ip') {
      throw invalidParameter(
        `The provided target group ${targetGroupArn} has target type ${group.TargetType ?? ''}, which is incompatible with the awsvpc network mode specified in the task definition.`,
      );
    }
  }
}

/** Registers and deregisters tasks until disposed, and tells the world what the checks of their targets find. */
export function balanceTasks(context: AwsContext, world: EcsWorld): Disposable {
  const stop = new DisposableStack();
  stop.use(world.onTaskChange((task) => follow(context, world, task)));
  stop.use(elbWorldOf(context).onTargetChange((target) => judge(context, world, target)));
  return stop;
}

function serviceOf(context: Pick<AwsContext, 'tables'>, task: Task): Service | undefined {
  if (!task.group?.startsWith('service:')) {
    return undefined;
  }
  const cluster = task.clusterArn?.split('/').at(-1) ?? '';
  return ecsTables(context.tables).services.get(scopeKey(scopeOf(task.taskArn ?? ''), cluster, task.group.slice('service:'.length)));
}

/** The target that stands for a task: its own address, or its instance with the host port. */
function targetOf(
  context: Pick<AwsContext, 'tables'>,
  task: Task,
  balanced: Balanced,
  group: TargetGroup,
): { Id: string; Port: number } | undefined {
  const port = balanced.containerPort ?? 0;
  if (task.network) {
    const address = detailOf(attachmentOf(task), 'privateIPv4Address');
    return address === undefined || group.TargetType !== 'ip' ? undefined : { Id: address, Port: port };
  }
  const instance = ecsTables(context.tables).containerInstances.get(
    scopeKey(scopeOf(task.taskArn ?? ''), (task.containerInstanceArn ?? '').replace(/^.*container-instance\//, '')),
  );
  const bindings = task.containers?.find((one) => one.name === balanced.containerName)?.networkBindings;
  const hostPort = bindings?.find((one) => one.containerPort === port)?.hostPort;
  return instance?.ec2InstanceId === undefined || hostPort === undefined || group.TargetType !== 'instance'
    ? undefined
    : { Id: instance.ec2InstanceId, Port: hostPort };
}

interface Place {
  group: TargetGroup;
  target: { Id: string; Port: number };
}

/** A task set has load balancers of its own. */
function balancersFor(context: Pick<AwsContext, 'tables'>, service: Service, task: Task): readonly Balanced[] {
  const set = taskSetsOf(context, service).find((one) => one.id === task.startedBy);
  return set?.loadBalancers ?? service.loadBalancers ?? [];
}

function placesOf(context: Pick<AwsContext, 'tables'>, task: Task): Place[] {
  const service = serviceOf(context, task);
  const balancers = service ? balancersFor(context, service, task) : [];
  return balancers.flatMap((balanced) => {
    const isAlternate = service !== undefined && slotOf(service, task.startedBy) === 'alternate';
    const groupArn = (isAlternate ? balanced.advancedConfiguration?.alternateTargetGroupArn : undefined) ?? balanced.targetGroupArn;
    const group = elbTables(context.tables).targetGroups.get(keyOf(groupArn));
    const target = group && targetOf(context, task, balanced, group);
    return group && target ? [{ group, target }] : [];
  });
}

function follow(context: AwsContext, world: EcsWorld, task: Task): void {
  const isUp = task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING';
  const isEnding = task.desiredStatus === 'STOPPED' && task.lastStatus !== 'STOPPED';
  if (!isUp && !isEnding) {
    return;
  }
  for (const { group, target } of placesOf(context, task)) {
    const known = elbTables(context.tables).targets.get(targetKey(group.TargetGroupArn ?? '', target.Id, target.Port));
    if (isUp && (!known || known.state === 'draining')) {
      world.judgeTarget(task.taskArn ?? '', 'UNKNOWN');
      registerTargets(context, group, [target]);
      tell(context, task, `registered 1 targets in (target-group ${group.TargetGroupArn ?? ''})`);
    } else if (isEnding && known && known.state !== 'draining') {
      deregisterTargets(context, group, [target]);
      tell(context, task, `deregistered 1 targets in (target-group ${group.TargetGroupArn ?? ''})`);
    }
  }
}

function tell(context: AwsContext, task: Task, message: string): void {
  const service = serviceOf(context, task);
  if (service) {
    saveService(context, withEvent(service, message, context.clock.now()));
  }
}

/** Takes up what a target's checks have found, for the task that it stands for. */
function judge(context: AwsContext, world: EcsWorld, target: Target): void {
  const group = elbTables(context.tables).targetGroups.get(keyOf(target.groupArn));
  if (!group || target.state === 'draining') {
    return;
  }
  const scope = parseArn(target.groupArn);
  const tasks = ecsTables(context.tables)
    .tasks.list(`${scopeKey(scope ?? { account: '', region: '' })}/`)
    .filter((task) => task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING');
  const task = tasks.find((one) =>
    placesOf(context, one).some(
      (place) => place.group.TargetGroupArn === target.groupArn && place.target.Id === target.id && place.target.Port === target.port,
    ),
  );
  if (task) {
    world.judgeTarget(task.taskArn ?? '', healthOfTargets(context, task), {
      groupArn: target.groupArn,
      port: target.port ?? 0,
      reason: target.description ?? '',
    });
  }
}

/** A task is healthy when all of its targets are. Targets that nothing checks count as healthy. */
function healthOfTargets(context: AwsContext, task: Task): 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' {
  const states = placesOf(context, task).map(({ group, target }) => {
    const record = elbTables(context.tables).targets.get(targetKey(group.TargetGroupArn ?? '', target.Id, target.Port));
    return record ? stateOf(context, group, record).State : 'initial';
  });
  return states.includes('unhealthy') ? 'UNHEALTHY' : states.includes('initial') ? 'UNKNOWN' : 'HEALTHY';
}

/** Resolves once the targets of a task that ends serve nothing any more, at the latest after their deregistration delay. */
export async function drained(context: AwsContext, task: Task, signal: AbortSignal): Promise<void> {
  const { inFlight } = elbWorldOf(context);
  for (const { group, target } of placesOf(context, task)) {
    const limitMs = Number(group.attributes['deregistration_delay.timeout_seconds'] ?? 300) * 1000;
    await inFlight.idle(targetKey(group.TargetGroupArn ?? '', target.Id, target.Port), context.clock, limitMs, signal);
  }
}
