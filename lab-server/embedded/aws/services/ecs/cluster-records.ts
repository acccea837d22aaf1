// What is on record for one cluster: its instances, its tasks, and the definitions of these.
import { scopeKey } from '../scope.ts';
import type { Call } from '../service.ts';
import { ecsTables, type Cluster, type ContainerInstance, type Task, type TaskDefinition } from './state.ts';
import { findTaskDefinition } from './task-definitions.ts';

export function instancesOf(cluster: Cluster, call: Call): ContainerInstance[] {
  return ecsTables(call.tables).containerInstances.list(`${scopeKey(call, cluster.clusterName ?? '')}/`);
}

export function tasksOf(cluster: Cluster, call: Call): Task[] {
  return ecsTables(call.tables).tasks.list(`${scopeKey(call, cluster.clusterName ?? '')}/`);
}

export function definitionsBy(call: Call): (task: Task) => TaskDefinition | undefined {
  const known = new Map<string, TaskDefinition | undefined>();
  return ({ taskDefinitionArn = '' }) => {
    if (!known.has(taskDefinitionArn)) {
      known.set(taskDefinitionArn, findTaskDefinition(taskDefinitionArn, call));
    }
    return known.get(taskDefinitionArn);
  };
}
