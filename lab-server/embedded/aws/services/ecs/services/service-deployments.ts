// Service deployments and the revisions that they lead to, as clients read them.
import type * as sdk from '@aws-sdk/client-ecs';
import { pageOf } from '../../pages.ts';
import { parseArn, scopeKey } from '../../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../../service.ts';
import { invalidParameter, serviceNotFound } from '../errors.ts';
import { requireCluster } from '../names.ts';
import { ecsTables, type Service, type ServiceDeployment } from '../state.ts';
import { worldOf } from '../world.ts';
import { AwsError } from '../../../gateway/errors.ts';
import { failDeployment } from './outcome.ts';
import { serviceName } from './find.ts';
import { primaryOf, saveService } from './record.ts';

const PAGE = 20;

function keyOf(reference: string, type: string, call: Call): string {
  const parsed = parseArn(reference);
  if (!parsed?.resource.startsWith(`${type}/`)) {
    throw invalidParameter(`Invalid ${type} ARN: ${reference}.`);
  }
  return scopeKey(call, parsed.resource.slice(type.length + 1));
}

function list(
  input: Timestamped<sdk.ListServiceDeploymentsRequest>,
  call: Call,
): Timestamped<Omit<sdk.ListServiceDeploymentsResponse, '$metadata'>> {
  const cluster = requireCluster(input.cluster, call);
  const prefix = scopeKey(call, cluster.clusterName ?? '', serviceName(input.service ?? ''));
  const tables = ecsTables(call.tables);
  if (!tables.services.has(prefix)) {
    throw serviceNotFound();
  }
  const { after, before } = input.createdAt ?? {};
  const briefs = tables.serviceDeployments
    .list(`${prefix}/`)
    .filter(
      ({ status, createdAt = 0 }) =>
        (!input.status?.length || (status !== undefined && input.status.includes(status))) &&
        (after === undefined || createdAt > after) &&
        (before === undefined || createdAt < before),
    )
    .toSorted((left, right) => (right.createdAt ?? 0) - (left.createdAt ?? 0))
    .map((one) => ({
      serviceDeploymentArn: one.serviceDeploymentArn,
      serviceArn: one.serviceArn,
      clusterArn: one.clusterArn,
      startedAt: one.startedAt,
      createdAt: one.createdAt,
      finishedAt: one.finishedAt,
      targetServiceRevisionArn: one.targetServiceRevision?.arn,
      status: one.status,
      statusReason: one.statusReason,
    }));
  const page = pageOf(briefs, input.nextToken, input.maxResults ?? PAGE);
  return { serviceDeployments: page.items, nextToken: page.nextToken };
}

const RUNNING = ['PENDING', 'IN_PROGRESS'];

/** A service deployment under way, with its service. Throws ServiceDeploymentNotFoundException or ConflictException. */
function requireRunning(deploymentArn: string, call: Call): { record: ServiceDeployment; service: Service } {
  const tables = ecsTables(call.tables);
  const record = tables.serviceDeployments.get(keyOf(deploymentArn, 'service-deployment', call));
  const service = tables.services.get(scopeKey(call, (record?.serviceArn ?? '').replace(/^.*:service\//, '')));
  if (!record || !service) {
    throw new AwsError('ServiceDeploymentNotFoundException', 'The specified service deployment was not found.');
  }
  const isLatest = service.memory?.revisions[primaryOf(service)?.id ?? '']?.deploymentArn === deploymentArn;
  if (!RUNNING.includes(record.status ?? '') || !isLatest) {
    throw new AwsError('ConflictException', `The service deployment has the status ${record.status ?? ''} and cannot be changed.`);
  }
  return { record, service };
}

function stopDeployment(input: Timestamped<sdk.StopServiceDeploymentRequest>, call: Call): { serviceDeploymentArn: string | undefined } {
  const { service } = requireRunning(input.serviceDeploymentArn ?? '', call);
  const stopType = input.stopType ?? 'ROLLBACK';
  if (stopType !== 'ROLLBACK' && stopType !== 'ABORT') {
    throw invalidParameter(`Invalid stop type: ${String(stopType)}. Valid values: ABORT, ROLLBACK.`);
  }
  const hasSource = service.deployments?.some((one) => one.status === 'ACTIVE' && one.rolloutState === 'COMPLETED') ?? false;
  if (stopType === 'ROLLBACK' && !hasSource) {
    throw invalidParameter('The service deployment cannot be rolled back: there is no earlier service revision.');
  }
  const failed = failDeployment(call, service, {
    rollback: stopType === 'ROLLBACK',
    what: 'Service deployment stopped',
    said: 'it was stopped by the user.',
    statusReason: 'Deployment stopped by the user.',
    rollbackReason: 'Service deployment rolled back because it was stopped by the user.',
  });
  saveService(call, failed);
  worldOf(call).scheduler.kick(service.serviceArn ?? '');
  return { serviceDeploymentArn: input.serviceDeploymentArn };
}

/** Lets a deployment that waits at a pause go on, or roll back. */
function continueDeployment(
  input: Timestamped<sdk.ContinueServiceDeploymentRequest>,
  call: Call,
): { serviceDeploymentArn: string | undefined } {
  const { service } = requireRunning(input.serviceDeploymentArn ?? '', call);
  const { memory } = service;
  const hook = memory?.rollout?.hooks.find((one) => one.hookId === input.hookId);
  if (!memory?.rollout || !hook) {
    throw invalidParameter('The service deployment has no lifecycle hook of that ID.');
  }
  if (hook.status !== 'AWAITING_ACTION') {
    throw new AwsError('ConflictException', 'The lifecycle hook does not wait for an action.');
  }
  const status = input.action === 'ROLLBACK' ? ('FAILED' as const) : ('SUCCEEDED' as const);
  const hooks = memory.rollout.hooks.map((one) => (one.hookId === hook.hookId ? { ...one, status } : one));
  saveService(call, { ...service, memory: { ...memory, rollout: { ...memory.rollout, hooks } } });
  worldOf(call).scheduler.kick(service.serviceArn ?? '');
  return { serviceDeploymentArn: input.serviceDeploymentArn };
}

export const serviceDeploymentOperations: Readonly<Record<string, Operation>> = {
  ListServiceDeployments: operation<sdk.ListServiceDeploymentsRequest, sdk.ListServiceDeploymentsResponse>({ handle: list }),
  StopServiceDeployment: operation<sdk.StopServiceDeploymentRequest, sdk.StopServiceDeploymentResponse>({ handle: stopDeployment }),
  ContinueServiceDeployment: operation<sdk.ContinueServiceDeploymentRequest, sdk.ContinueServiceDeploymentResponse>({
    handle: continueDeployment,
  }),
  DescribeServiceDeployments: operation<sdk.DescribeServiceDeploymentsRequest, sdk.DescribeServiceDeploymentsResponse>({
    handle: (input, call) => {
      const failures: sdk.Failure[] = [];
      const serviceDeployments = (input.serviceDeploymentArns ?? []).flatMap((arn) => {
        const found = ecsTables(call.tables).serviceDeployments.get(keyOf(arn, 'service-deployment', call));
        if (!found) {
          failures.push({ arn, reason: 'MISSING' });
        }
        return found ?? [];
      });
      return { serviceDeployments, failures };
    },
  }),
  DescribeServiceRevisions: operation<sdk.DescribeServiceRevisionsRequest, sdk.DescribeServiceRevisionsResponse>({
    handle: (input, call) => {
      const failures: sdk.Failure[] = [];
      const serviceRevisions = (input.serviceRevisionArns ?? []).flatMap((arn) => {
        const found = ecsTables(call.tables).serviceRevisions.get(keyOf(arn, 'service-revision', call));
        if (!found) {
          failures.push({ arn, reason: 'MISSING' });
        }
        return found ?? [];
      });
      return { serviceRevisions, failures };
    },
  }),
};
