// Managed scaling of capacity providers: their Auto Scaling groups grow while tasks of services find no place, and shrink when instances are idle
// (developer guide, "Amazon ECS cluster auto scaling").
import { groupTables, groupRole, type Group } from '../../autoscaling/state.ts';
import { instanceType } from '../../ec2/instance-types.ts';
import { scopeKey, type Scope } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import { tasksOfService } from '../services/record.ts';
import { ecsTables, type CapacityProvider } from '../state.ts';
import { idOf } from '../names.ts';

/** Changes come in bursts: one look for all of them. */
const SETTLE_MS = 1000;
const WATCHED = ['ecs.services', 'ecs.tasks', 'ecs.container-instances', 'ecs.capacity-providers', 'autoscaling.groups'];
const CPU_UNITS = 1024;
/** Memory that the system of an instance keeps, in MiB. */
const SYSTEM_MEMORY = 128;

/** Looks after each change of the records until disposed, while a provider has managed scaling on. */
export function scaleProviders(context: AwsContext): Disposable {
  let timer: Disposable | undefined;
  const stop = new DisposableStack();
  const look = (): void => {
    timer = undefined;
    for (const [key, provider] of ecsTables(context.tables).capacityProviders.entries()) {
      const [account = '', region = ''] = key.split('/');
      scale(context, { account, region }, provider);
    }
  };
  stop.use(
    context.tables.onWrite((written) => {
      const isAbout = WATCHED.some((name) => written.has(name));
      if (isAbout && !timer && ecsTables(context.tables).capacityProviders.size > 0) {
        timer = context.clock.schedule(SETTLE_MS, look);
      }
    }),
  );
  stop.defer(() => timer?.[Symbol.dispose]());
  return stop;
}

function scale(context: AwsContext, scope: Scope, provider: CapacityProvider): void {
  const managed = provider.autoScalingGroupProvider?.managedScaling;
  const group = groupOf(context, scope, provider);
  if (managed?.status !== 'ENABLED' || !group) {
    return;
  }
  const current = group.DesiredCapacity ?? 0;
  const { waiting, running } = demand(context, scope, provider, group);
  // Instances on their way are counted already; a second look follows when they have joined.
  const isSettled = group.instances.filter((one) => one.LifecycleState === 'InService').length >= current;
  if (!isSettled) {
    return;
  }
  const target = (managed.targetCapacity ?? 100) / 100;
  const idle = group.instances.filter(
    (one) => !running.has(one.InstanceId ?? '') && isWarm(context, one.launchedAt, managed.instanceWarmupPeriod),
  );
  const step =
    waiting > 0
      ? clamp(Math.ceil(waiting / target), managed.minimumScalingStepSize ?? 1, managed.maximumScalingStepSize ?? 10_000)
      : -idle.length;
  const wanted = clamp(current + step, group.MinSize ?? 0, group.MaxSize ?? current);
  if (wanted !== current) {
    const input = { AutoScalingGroupName: group.AutoScalingGroupName, DesiredCapacity: wanted };
    context
      .call('autoscaling', 'SetDesiredCapacity', input, { principal: groupRole(scope.account), region: scope.region })
      .catch(() => undefined);
  }
}

function groupOf(context: AwsContext, scope: Scope, provider: CapacityProvider): Group | undefined {
  const name = provider.autoScalingGroupProvider?.autoScalingGroupArn?.split('autoScalingGroupName/')[1] ?? '';
  return groupTables(context.tables).groups.get(scopeKey(scope, name));
}

/** How many instances the tasks without a place would fill, and which instances have tasks. */
function demand(context: AwsContext, scope: Scope, provider: CapacityProvider, group: Group): { waiting: number; running: Set<string> } {
  const { services, tasks, taskDefinitions, containerInstances } = ecsTables(context.tables);
  const type = instanceType(group.instances[0]?.InstanceType ?? '') ?? { vcpus: 2, memoryMiB: 1024 };
  let waiting = 0;
  for (const service of services.list(`${scopeKey(scope)}/`)) {
    const isOurs = service.capacityProviderStrategy?.some((one) => idOf(one.capacityProvider ?? '') === provider.name);
    if (service.status !== 'ACTIVE' || !isOurs) {
      continue;
    }
    const missing =
      (service.desiredCount ?? 0) - tasksOfService(context, service).filter((task) => task.desiredStatus === 'RUNNING').length;
    const definition = taskDefinitions.list(`${scopeKey(scope)}/`).find((one) => one.taskDefinitionArn === service.taskDefinition);
    const cpu = Number(definition?.cpu ?? 0) || sum(definition?.containerDefinitions?.map((one) => one.cpu));
    const memory =
      Number(definition?.memory ?? 0) || sum(definition?.containerDefinitions?.map((one) => one.memory ?? one.memoryReservation));
    const share = Math.max(cpu / (type.vcpus * CPU_UNITS), memory / (type.memoryMiB - SYSTEM_MEMORY));
    const perInstance = Math.max(1, Math.floor(1 / Math.max(share, 1 / 100)));
    waiting += Math.max(0, Math.ceil(missing / perInstance));
  }
  const arns = new Set(
    tasks.list(`${scopeKey(scope)}/`).flatMap((task) => (task.lastStatus === 'STOPPED' ? [] : (task.containerInstanceArn ?? []))),
  );
  const used = containerInstances.list(`${scopeKey(scope)}/`).filter((one) => arns.has(one.containerInstanceArn ?? ''));
  return { waiting, running: new Set(used.map((one) => one.ec2InstanceId ?? '')) };
}

function isWarm(context: AwsContext, launchedAt: number, warmupSeconds = 300): boolean {
  return context.clock.now() - launchedAt >= warmupSeconds * 1000;
}

function sum(values: readonly (number | undefined)[] | undefined): number {
  return (values ?? []).reduce<number>((total, value) => total + (value ?? 0), 0);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
