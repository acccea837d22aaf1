// A service's record: its key, its counts, its events.
import { randomUUID } from 'node:crypto';
import { parseArn, scopeKey } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import { ecsTables, type Deployment, type Service, type ServiceMemory, type Task } from '../state.ts';
import { wantedTasks } from './rollout.ts';
import { isAlive, isRunning } from './task-condition.ts';
import { countedSets, taskSetsOf } from './task-set-record.ts';

/** ECS keeps the newest hundred events of a service. */
const MAX_EVENTS = 100;

/** Where the record of `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME` is. */
export function serviceKey(serviceArn: string): string {
  const parsed = parseArn(serviceArn);
  return scopeKey(parsed ?? { account: '', region: '' }, (parsed?.resource ?? '').replace(/^service\//, ''));
}

export function saveService(context: Pick<AwsContext, 'tables'>, service: Service): Service {
  ecsTables(context.tables).services.put(serviceKey(service.serviceArn ?? ''), service);
  return service;
}

/** Every task of a service that is on record, stopped ones too. */
export function tasksOfService(context: Pick<AwsContext, 'tables'>, service: Service): Task[] {
  const parsed = parseArn(service.serviceArn ?? '');
  const cluster = service.clusterArn?.split('/').at(-1) ?? '';
  return ecsTables(context.tables)
    .tasks.list(`${scopeKey(parsed ?? { account: '', region: '' }, cluster)}/`)
    .filter((task) => task.group === `service:${service.serviceName ?? ''}`);
}

export function primaryOf(service: Service): Deployment | undefined {
  return service.deployments?.find((deployment) => deployment.status === 'PRIMARY');
}

export function withEvent(service: Service, message: string, now: number): Service {
  const event = { id: randomUUID(), createdAt: now, message: `(service ${service.serviceName ?? ''}) ${message}` };
  return { ...service, events: [event, ...(service.events ?? [])].slice(0, MAX_EVENTS) };
}

/** `(task 1) (task 2)`, as events name tasks. */
export function taskList(arns: readonly string[]): string {
  return arns.map((arn) => `(task ${arn.split('/').at(-1) ?? ''})`).join(' ');
}

export function remembering(service: Service, change: Partial<ServiceMemory>): Service {
  return service.memory ? { ...service, memory: { ...service.memory, ...change } } : service;
}

/** The record with counts as its tasks are at this moment. */
export function counted(service: Service, tasks: readonly Task[]): Service {
  const alive = tasks.filter(isAlive);
  const running = alive.filter(isRunning);
  const deployments = service.deployments?.map((deployment) => {
    const own = alive.filter((task) => task.startedBy === deployment.id);
    const ownRunning = own.filter(isRunning).length;
    return {
      ...deployment,
      desiredCount: service.memory?.rollout
        ? wantedTasks(service, service.memory.rollout, deployment.id)
        : deployment.status === 'PRIMARY'
          ? (service.desiredCount ?? 0)
          : own.length,
      runningCount: ownRunning,
      pendingCount: own.length - ownRunning,
    };
  });
  return { ...service, deployments, runningCount: running.length, pendingCount: alive.length - running.length };
}

/** The record as answers show it. */
export function shownService(service: Service, include: readonly string[], context: Pick<AwsContext, 'tables'>): Service {
  const { memory, tags, ...shown } = service;
  const revisions = (service.deployments ?? []).flatMap((deployment) => {
    const revision = memory?.revisions[deployment.id ?? '']?.revisionArn;
    return revision
      ? [
          {
            arn: revision,
            requestedTaskCount: deployment.desiredCount,
            runningTaskCount: deployment.runningCount,
            pendingTaskCount: deployment.pendingCount,
          },
        ]
      : [];
  });
  if ((service.deploymentController?.type ?? 'ECS') !== 'ECS') {
    const taskSets = countedSets(taskSetsOf(context, service), service, tasksOfService(context, service));
    return { ...shown, taskSets, ...(include.includes('TAGS') ? { tags: tags ?? [] } : {}) };
  }
  return {
    ...shown,
    currentServiceDeployment: memory?.revisions[primaryOf(service)?.id ?? '']?.deploymentArn,
    currentServiceRevisions: revisions,
    ...(include.includes('TAGS') ? { tags: tags ?? [] } : {}),
  };
}
