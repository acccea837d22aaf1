// What lives in Elastic Load Balancing beside its records: the nodes that listen, and the health checks of targets.
import type { AwsContext } from '../service.ts';
import { KeyedTimers } from '../timers.ts';
import { BalancerNodes } from './nodes.ts';
import { HealthChecker } from './health-check.ts';
import { InFlight } from './in-flight.ts';
import { elbTables, keyOf, targetKey, targetsOf, type Target } from './state.ts';

const worlds = new WeakMap<object, ElbWorld>();

/** The living half of the endpoint's load balancing. Throws before it started. */
export function elbWorldOf(context: Pick<AwsContext, 'tables'>): ElbWorld {
  const world = worlds.get(context.tables);
  if (!world) {
    throw new Error('load balancing has not started');
  }
  return world;
}

export class ElbWorld implements Disposable {
  readonly #context: AwsContext;
  readonly #nodes = new Map<string, BalancerNodes>();
  readonly #checkers = new Map<string, HealthChecker>();
  readonly #timers: KeyedTimers;
  readonly #listeners = new Set<(target: Target) => void>();
  readonly #names: Disposable;
  readonly inFlight = new InFlight();

  constructor(context: AwsContext) {
    this.#context = context;
    this.#timers = new KeyedTimers(context.clock);
    worlds.set(context.tables, this);
    this.#names = context.runtime.network.addNameService({ resolve: (name) => this.#resolve(name) });
  }

  /** Takes up every balancer and target on record. */
  resume(): void {
    const tables = elbTables(this.#context.tables);
    for (const balancer of tables.loadBalancers.list()) {
      this.balancerChanged(balancer.LoadBalancerArn ?? '');
    }
    for (const target of tables.targets.list()) {
      this.targetChanged(target);
    }
  }

  /** Brings the nodes of a balancer in line with its record and its listeners. */
  balancerChanged(balancerArn: string): void {
    const balancer = elbTables(this.#context.tables).loadBalancers.get(keyOf(balancerArn));
    if (!balancer) {
      this.#nodes.get(balancerArn)?.[Symbol.dispose]();
      this.#nodes.delete(balancerArn);
      this.#timers.cancel(balancerArn);
      return;
    }
    if (balancer.State?.Code === 'provisioning') {
      this.#timers.set(balancerArn, this.#context.delays.loadBalancer, () => this.#activate(balancerArn));
    }
    let nodes = this.#nodes.get(balancerArn);
    if (!nodes) {
      nodes = new BalancerNodes(this.#context, this);
      this.#nodes.set(balancerArn, nodes);
    }
    nodes.follow(balancer);
  }

  /** A group's settings, or what forwards to it, have changed: its checks begin anew where they must. */
  groupChanged(groupArn: string): void {
    for (const target of targetsOf(this.#context.tables, groupArn)) {
      this.#check(target);
    }
  }

  targetChanged(target: Target): void {
    const key = targetKey(target.groupArn, target.id, target.port);
    if (target.state === 'draining') {
      this.#checkers.get(key)?.[Symbol.dispose]();
      this.#checkers.delete(key);
      this.#timers.set(key, Math.max(0, (target.drainedAt ?? 0) - this.#context.clock.now()), () => this.forget(target));
    } else {
      this.#timers.cancel(key);
      this.#check(target);
    }
    this.#tell(target);
  }

  /** Removes a target for good. */
  forget(target: Target): void {
    const key = targetKey(target.groupArn, target.id, target.port);
    this.#timers.cancel(key);
    this.#checkers.get(key)?.[Symbol.dispose]();
    this.#checkers.delete(key);
    elbTables(this.#context.tables).targets.delete(key);
    this.#tell({ ...target, state: 'draining', drainedAt: this.#context.clock.now() });
  }

  /** Calls `listener` after each change of a target's state. */
  onTargetChange(listener: (target: Target) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#names[Symbol.dispose]();
    this.#listeners.clear();
    for (const one of [...this.#nodes.values(), ...this.#checkers.values(), this.#timers]) {
      one[Symbol.dispose]();
    }
    worlds.delete(this.#context.tables);
  }

  #check(target: Target): void {
    const key = targetKey(target.groupArn, target.id, target.port);
    const group = elbTables(this.#context.tables).targetGroups.get(keyOf(target.groupArn));
    const current = elbTables(this.#context.tables).targets.get(key);
    if (!group || !current || current.state === 'draining') {
      return;
    }
    let checker = this.#checkers.get(key);
    if (!checker) {
      checker = new HealthChecker(this.#context, current, {
        node: () => this.#nodeFor(target.groupArn),
        onChange: (changed) => this.#save(changed),
      });
      this.#checkers.set(key, checker);
    }
    checker.follow(group);
  }

  /** A node from which targets of a group are reached; undefined while nothing forwards to it. */
  #nodeFor(groupArn: string): ReturnType<BalancerNodes['anyEndpoint']> {
    for (const nodes of this.#nodes.values()) {
      if (nodes.forwardsTo(groupArn)) {
        return nodes.anyEndpoint();
      }
    }
    return undefined;
  }

  #save(target: Target): void {
    const key = targetKey(target.groupArn, target.id, target.port);
    if (elbTables(this.#context.tables).targets.has(key)) {
      elbTables(this.#context.tables).targets.put(key, target);
      this.#tell(target);
    }
  }

  #tell(target: Target): void {
    for (const listener of this.#listeners) {
      listener(target);
    }
  }

  #activate(balancerArn: string): void {
    const { loadBalancers } = elbTables(this.#context.tables);
    const balancer = loadBalancers.get(keyOf(balancerArn));
    if (balancer?.State?.Code === 'provisioning') {
      loadBalancers.put(keyOf(balancerArn), { ...balancer, State: { Code: 'active' } });
    }
  }

  /** A balancer's name leads to all its nodes: their public addresses, or the private ones of an internal balancer. */
  #resolve(name: string): readonly string[] | undefined {
    if (!/\.elb\./.test(name)) {
      return undefined;
    }
    for (const nodes of this.#nodes.values()) {
      if (nodes.name === name.replace(/\.$/, '').replace(/^dualstack\./, '')) {
        return nodes.addresses();
      }
    }
    return undefined;
  }
}
