// What ECS tells EventBridge (ECS developer guide, "Amazon ECS events"): tasks, container instances, services and deployments that change.
import { ecsTables, type ContainerInstance, type Service, type Task } from '../ecs/state.ts';
import { shownTask } from '../ecs/tasks/record.ts';
import { worldOf } from '../ecs/world.ts';
import { parseArn } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { busEvent, publish } from './deliver.ts';
import { DEFAULT_BUS } from './state.ts';

const TIMES = /(At|Since)$/;

/** A record as events have it: moments are text. */
function withTimes(value: unknown, key = ''): unknown {
  if (typeof value === 'number' && TIMES.test(key)) {
    return new globalThis.Date(value).toISOString();
  }
  if (Array.isArray(value)) {
    return value.map((item) => withTimes(item));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, inner]) => (inner === undefined ? [] : [[name, withTimes(inner, name)]])),
    );
  }
  return value;
}

function tell(context: AwsContext, arn: string, detailType: string, detail: object): void {
  const parsed = parseArn(arn);
  if (parsed) {
    const scope = { account: parsed.account, region: parsed.region };
    const event = { source: 'aws.ecs', detailType, resources: [arn], detail: withTimes(detail) as Record<string, unknown> };
    publish(busEvent(event, scope, context), DEFAULT_BUS, scope, context);
  }
}

/** Messages of a service's events, and what EventBridge calls them. */
const ACTIONS: readonly [RegExp, string, 'INFO' | 'WARN' | 'ERROR'][] = [
  [/has reached a steady state/, 'SERVICE_STEADY_STATE', 'INFO'],
  [/was unable to place a task/, 'SERVICE_TASK_PLACEMENT_FAILURE', 'ERROR'],
  [/is unable to consistently start tasks/, 'SERVICE_TASK_START_IMPAIRED', 'WARN'],
  [/deployment .* deployment failed|tasks failed to start/, 'SERVICE_DEPLOYMENT_FAILED', 'ERROR'],
  [/(is unhealthy in|failed .* health checks)/, 'SERVICE_TASK_UNHEALTHY', 'WARN'],
];

/** How far the watcher has seen a service. */
interface Seen {
  eventIds: ReadonlySet<string>;
  /** Roll-out states by deployment id. */
  rollouts: Readonly<Record<string, string>>;
  desiredCount: number;
}

function seenOf(service: Service): Seen {
  return {
    eventIds: new Set((service.events ?? []).map((event) => event.id ?? '')),
    rollouts: Object.fromEntries((service.deployments ?? []).map((one) => [one.id ?? '', one.rolloutState ?? ''])),
    desiredCount: service.desiredCount ?? 0,
  };
}

/** What happened to a service between two looks at it. */
function tellService(context: AwsContext, service: Service, before: Seen | undefined): void {
  const arn = service.serviceArn ?? '';
  const { clusterArn } = service;
  for (const event of (service.events ?? []).toReversed()) {
    const known = ACTIONS.find(([pattern]) => pattern.test(event.message ?? ''));
    if (known && !before?.eventIds.has(event.id ?? '')) {
      tell(context, arn, 'ECS Service Action', { eventType: known[2], eventName: known[1], clusterArn, createdAt: event.createdAt });
    }
  }
  for (const deployment of service.deployments ?? []) {
    const state = deployment.rolloutState;
    if (state !== undefined && before?.rollouts[deployment.id ?? ''] !== state) {
      tell(context, arn, 'ECS Deployment State Change', {
        eventType: state === 'FAILED' ? 'ERROR' : 'INFO',
        eventName: `SERVICE_DEPLOYMENT_${state}`,
        deploymentId: deployment.id,
        updatedAt: deployment.updatedAt ?? context.clock.now(),
        reason: deployment.rolloutStateReason ?? '',
      });
    }
  }
  if (before && before.desiredCount !== service.desiredCount) {
    tell(context, arn, 'ECS Service Action', {
      eventType: 'INFO',
      eventName: 'SERVICE_DESIRED_COUNT_UPDATED',
      clusterArn,
      desiredCount: service.desiredCount,
      createdAt: context.clock.now(),
    });
  }
}

/** Tells of ECS on the default buses, until disposed. */
export function listenToEcs(context: AwsContext): Disposable {
  const listening = new DisposableStack();
  const world = worldOf(context);
  const { services } = ecsTables(context.tables);
  const seen = new Map<string, Seen>(services.list().map((service) => [service.serviceArn ?? '', seenOf(service)]));
  const lastTask = new Map<string, string>();
  listening.use(
    world.onTaskChange((task: Task) => {
      const key = `${task.lastStatus} ${task.desiredStatus} ${task.connectivity ?? ''} ${task.healthStatus ?? ''} ${(task.containers ?? []).map((one) => one.lastStatus).join()}`;
      const arn = task.taskArn ?? '';
      if (lastTask.get(arn) !== key) {
        lastTask.set(arn, key);
        const { tags: _tags, ...detail } = shownTask(task);
        tell(context, arn, 'ECS Task State Change', { ...detail, version: task.version ?? 1 });
      }
      if (task.lastStatus === 'STOPPED') {
        lastTask.delete(arn);
      }
    }),
  );
  listening.use(
    world.onInstanceChange((instance: ContainerInstance) => {
      tell(context, instance.containerInstanceArn ?? '', 'ECS Container Instance State Change', {
        ...instance,
        clusterArn: (instance.containerInstanceArn ?? '').replace(/container-instance\/([^/]+)\/.*$/, 'cluster/$1'),
      });
    }),
  );
  listening.use(
    context.tables.onWrite((changed) => {
      if (!changed.has('ecs.services')) {
        return;
      }
      for (const service of services.list()) {
        const arn = service.serviceArn ?? '';
        const before = seen.get(arn);
        seen.set(arn, seenOf(service));
        tellService(context, service, before);
      }
    }),
  );
  return listening;
}
