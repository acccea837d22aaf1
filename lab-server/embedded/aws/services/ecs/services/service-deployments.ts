// Service deployments and the revisions that they lead to, as clients read them.
import type * as sdk from '@aws-sdk/client-ecs';
import { pageOf } from '../../pages.ts';
import { parseArn, scopeKey } from '../../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../../service.ts';
import { invalidParameter, serviceNotFound } from '../errors.ts';
import { requireCluster } from '../names.ts';
import { ecsTables } from '../state.ts';
import { serviceName } from './operations.ts';

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

export const serviceDeploymentOperations: Readonly<Record<string, Operation>> = {
  ListServiceDeployments: operation<sdk.ListServiceDeploymentsRequest, sdk.ListServiceDeploymentsResponse>({ handle: list }),
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
