// Which container instance a task goes to: constraints rule out, strategies choose (developer guide, "How Amazon ECS places tasks").
import type * as sdk from '@aws-sdk/client-ecs';
import type { Timestamped } from '../../service.ts';
import type { ContainerInstance, Task, TaskDefinition } from '../state.ts';
import { matchesExpression } from './expression.ts';
import { misfit, needsOf, remainingOf } from './resources.ts';

export interface PlacementRequest {
  definition: TaskDefinition;
  /** Instances of the cluster, in any state. */
  instances: readonly ContainerInstance[];
  /** Tasks of the cluster. */
  tasks: readonly Task[];
  definitionOf: (task: Task) => TaskDefinition | undefined;
  constraints: readonly Timestamped<sdk.PlacementConstraint>[];
  strategy: readonly Timestamped<sdk.PlacementStrategy>[];
  /** Tasks of one group are spread by this. */
  group: string;
  /** Only instances of this capacity provider. */
  capacityProviderName?: string;
}

export type Placed = { instance: ContainerInstance } | { failures: sdk.Failure[] };

export function place(request: PlacementRequest): Placed {
  const needs = needsOf(request.definition);
  const failures: sdk.Failure[] = [];
  const candidates: { instance: ContainerInstance; memory: number; cpu: number }[] = [];
  for (const instance of request.instances) {
    const arn = instance.containerInstanceArn;
    if (request.capacityProviderName !== undefined && instance.capacityProviderName !== request.capacityProviderName) {
      continue;
    }
    if (instance.status !== 'ACTIVE') {
      failures.push({ arn, reason: 'INACTIVE' });
      continue;
    }
    if (!instance.agentConnected) {
      failures.push({ arn, reason: 'AGENT' });
      continue;
    }
    const remaining = remainingOf(instance, request.tasks, request.definitionOf);
    const reason = violated(instance, request) ?? misfit(needs, remaining);
    if (reason) {
      failures.push({ arn, reason });
    } else {
      candidates.push({ instance, memory: remaining.memory, cpu: remaining.cpu });
    }
  }
  const strategies = request.strategy.length > 0 ? request.strategy : [{ type: 'spread' as const, field: 'instanceId' }];
  let best = candidates;
  for (const { type, field = '' } of strategies) {
    best = type === 'binpack' ? tightest(best, field) : type === 'spread' ? emptiest(best, field, request) : best;
  }
  const chosen = best[0];
  return chosen ? { instance: chosen.instance } : { failures };
}

function violated(instance: ContainerInstance, request: PlacementRequest): string | undefined {
  const own = request.tasks.filter((task) => task.containerInstanceArn === instance.containerInstanceArn && task.lastStatus !== 'STOPPED');
  const constraints = [...(request.definition.placementConstraints ?? []), ...request.constraints];
  for (const { type, expression } of constraints) {
    if (type === 'distinctInstance' && own.some((task) => task.group === request.group)) {
      return 'DISTINCT_INSTANCE';
    }
    if (type === 'memberOf' && !matchesExpression(expression ?? '', instance)) {
      return 'ATTRIBUTE';
    }
  }
  return undefined;
}

type Candidate = { instance: ContainerInstance; memory: number; cpu: number };

function tightest(candidates: readonly Candidate[], field: string): Candidate[] {
  const left = (candidate: Candidate): number => (field.toLowerCase() === 'cpu' ? candidate.cpu : candidate.memory);
  const least = Math.min(...candidates.map(left));
  return candidates.filter((candidate) => left(candidate) === least);
}

function emptiest(candidates: readonly Candidate[], field: string, request: PlacementRequest): Candidate[] {
  const valueOf = (instance: ContainerInstance): string =>
    field === 'instanceId' || field === 'host'
      ? (instance.containerInstanceArn ?? '')
      : (instance.attributes?.find((attribute) => attribute.name === field.replace(/^attribute:/, ''))?.value ?? '');
  const counts = new Map<string, number>();
  for (const task of request.tasks) {
    const instance = request.instances.find((one) => one.containerInstanceArn === task.containerInstanceArn);
    if (instance && task.group === request.group && task.lastStatus !== 'STOPPED') {
      counts.set(valueOf(instance), (counts.get(valueOf(instance)) ?? 0) + 1);
    }
  }
  const count = ({ instance }: Candidate): number => counts.get(valueOf(instance)) ?? 0;
  const least = Math.min(...candidates.map(count));
  return candidates.filter((candidate) => count(candidate) === least);
}
