// Names and ARNs of ECS resources, in whichever form a client gives them.
import { arn, parseArn, type Scope } from '../scope.ts';
import { clusterNotFound, invalidParameter } from './errors.ts';
import { ecsTables, type Cluster } from './state.ts';
import type { Call } from '../service.ts';
import { scopeKey } from '../scope.ts';

const NAME = /^[a-zA-Z0-9_-]{1,255}$/;
export const DEFAULT_CLUSTER = 'default';

export function isValidName(name: string): boolean {
  return NAME.test(name);
}

/** The name in `demo` or `arn:…:cluster/demo`; the default cluster's when absent. */
export function clusterName(reference: string | undefined): string {
  if (reference === undefined || reference === '') {
    return DEFAULT_CLUSTER;
  }
  const parsed = parseArn(reference);
  if (parsed) {
    const name = /^cluster\/(.+)$/.exec(parsed.resource)?.[1];
    if (parsed.service !== 'ecs' || !name) {
      throw invalidParameter(
        'Invalid identifier: Identifier is for ' + (parsed.resource.split('/')[0] ?? '') + '. Your identifier should be for cluster',
      );
    }
    return name;
  }
  if (!isValidName(reference)) {
    throw invalidParameter('Identifier contains invalid characters.');
  }
  return reference;
}

export function clusterArn(scope: Scope, name: string): string {
  return arn('ecs', scope, `cluster/${name}`);
}

/** The active cluster that a request names. Throws ClusterNotFoundException. */
export function requireCluster(reference: string | undefined, call: Call): Cluster {
  const cluster = ecsTables(call.tables).clusters.get(scopeKey(call, clusterName(reference)));
  if (!cluster || cluster.status === 'INACTIVE') {
    throw clusterNotFound();
  }
  return cluster;
}

/** The last part of an ARN's resource, or the text itself: task and instance ids. */
export function idOf(reference: string): string {
  return reference.split('/').at(-1) ?? reference;
}
