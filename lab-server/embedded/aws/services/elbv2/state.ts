// Records of Elastic Load Balancing. Every key is `account/region/ARN`, targets have their group's key before their own.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Table, Tables } from '../../state/tables.ts';
import { parseArn, scopeKey, type Scope } from '../scope.ts';
import type { Timestamped } from '../service.ts';

export type Tag = Timestamped<sdk.Tag>;
export type Action = Timestamped<sdk.Action>;
export type Condition = Timestamped<sdk.RuleCondition>;

interface Own {
  attributes: Record<string, string>;
  tags: Tag[];
}

/** `nodes`: the interfaces that carry the balancer's addresses, one a subnet. */
export type LoadBalancer = Timestamped<sdk.LoadBalancer> & Own & { nodes: { subnetId: string; networkInterfaceId: string }[] };
export type TargetGroup = Timestamped<Omit<sdk.TargetGroup, 'LoadBalancerArns'>> & Own;
export type Listener = Timestamped<sdk.Listener> & Own & { extraCertificates: string[] };
/** A rule other than the default one, which is the listener's own actions. */
export type Rule = Timestamped<sdk.Rule> & { listenerArn: string; tags: Tag[]; priority: number };

/** A target as it was registered, with what its checks have found. */
export interface Target {
  groupArn: string;
  id: string;
  port: number | undefined;
  zone: string | undefined;
  registeredAt: number;
  state: 'initial' | 'healthy' | 'unhealthy' | 'draining';
  reason: string | undefined;
  description: string | undefined;
  /** When a draining target is gone. */
  drainedAt?: number;
}

export interface ElbTables {
  loadBalancers: Table<LoadBalancer>;
  targetGroups: Table<TargetGroup>;
  listeners: Table<Listener>;
  rules: Table<Rule>;
  targets: Table<Target>;
}

export function elbTables(tables: Tables): ElbTables {
  return {
    loadBalancers: tables.table('elbv2.load-balancers'),
    targetGroups: tables.table('elbv2.target-groups'),
    listeners: tables.table('elbv2.listeners'),
    rules: tables.table('elbv2.rules'),
    targets: tables.table('elbv2.targets'),
  };
}

/** The scope that an ARN is of. */
export function scopeOfArn(arn: string): Scope {
  const parsed = parseArn(arn);
  return { account: parsed?.account ?? '', region: parsed?.region ?? '' };
}

/** Where the record of an ARN is. */
export function keyOf(arn: string | undefined): string {
  return scopeKey(scopeOfArn(arn ?? ''), arn ?? '');
}

export function targetKey(groupArn: string, id: string, port: number | undefined): string {
  return `${keyOf(groupArn)} ${id}:${port ?? ''}`;
}

export function targetsOf(tables: Tables, groupArn: string): Target[] {
  return elbTables(tables).targets.list(`${keyOf(groupArn)} `);
}

/** Sixteen hex digits, as ARNs of balancers and groups end. */
export function newHash(): string {
  return randomBytes(8).toString('hex');
}

/** `app/web/50dc6c495c0c9188` of a balancer's ARN, `targetgroup/web/…` of a group's: how metrics name them. */
export function metricName(arn: string): string {
  return (parseArn(arn)?.resource ?? '').replace(/^loadbalancer\//, '');
}

/** The target groups that actions forward to. */
export function groupsOfActions(actions: readonly Action[] | undefined): string[] {
  const arns = (actions ?? []).flatMap((action) =>
    action.ForwardConfig?.TargetGroups?.length
      ? action.ForwardConfig.TargetGroups.map((one) => one.TargetGroupArn ?? '')
      : action.TargetGroupArn === undefined
        ? []
        : [action.TargetGroupArn],
  );
  return [...new Set(arns)];
}

/** Balancers whose listeners or rules forward to a group. */
export function balancersOf(tables: Tables, groupArn: string): string[] {
  const found = new Set<string>();
  for (const listener of elbTables(tables).listeners.list(`${scopeKey(scopeOfArn(groupArn))}/`)) {
    const isUsed =
      groupsOfActions(listener.DefaultActions).includes(groupArn) ||
      rulesOfListener(tables, listener.ListenerArn ?? '').some((rule) => groupsOfActions(rule.Actions).includes(groupArn));
    if (isUsed && listener.LoadBalancerArn !== undefined) {
      found.add(listener.LoadBalancerArn);
    }
  }
  return [...found];
}

/** A listener's rules by priority, without the default one. */
export function rulesOfListener(tables: Tables, listenerArn: string): Rule[] {
  return elbTables(tables)
    .rules.list(`${scopeKey(scopeOfArn(listenerArn))}/`)
    .filter((rule) => rule.listenerArn === listenerArn)
    .sort((left, right) => left.priority - right.priority);
}

export function listenersOfBalancer(tables: Tables, balancerArn: string): Listener[] {
  return elbTables(tables)
    .listeners.list(`${scopeKey(scopeOfArn(balancerArn))}/`)
    .filter((listener) => listener.LoadBalancerArn === balancerArn);
}
