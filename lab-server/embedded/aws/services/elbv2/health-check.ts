// The health check of one target: asked by the clock at the group's interval, from a node of the balancer, judged by the group's thresholds.
import { request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { NetworkEndpoint } from '../../../runtime/runtime.ts';
import type { AwsContext } from '../service.ts';
import type { Target, TargetGroup } from './state.ts';
import { addressOf } from './target-address.ts';

/** A new target is asked first after this, long before its first interval is over. */
const FIRST_CHECK_MS = 100;

export interface CheckerHooks {
  /** Where checks come from; undefined while no balancer forwards to the group. */
  node(): NetworkEndpoint | undefined;
  onChange(target: Target): void;
}

type Outcome = { ok: true } | { ok: false; reason: string; description: string };

/** What makes a group's checks begin anew. */
function settingsOf(group: TargetGroup): string {
  const { HealthCheckEnabled, HealthCheckPath, HealthCheckPort, HealthCheckProtocol, HealthCheckIntervalSeconds, Matcher } = group;
  return JSON.stringify([HealthCheckEnabled, HealthCheckPath, HealthCheckPort, HealthCheckProtocol, HealthCheckIntervalSeconds, Matcher]);
}

export class HealthChecker implements Disposable {
  readonly #context: AwsContext;
  readonly #hooks: CheckerHooks;
  readonly #closed = new AbortController();
  #target: Target;
  #group: TargetGroup | undefined;
  #timer: Disposable | undefined;
  #isAsking = false;
  #passed = 0;
  #failed = 0;

  constructor(context: AwsContext, target: Target, hooks: CheckerHooks) {
    this.#context = context;
    this.#target = target;
    this.#hooks = hooks;
  }

  /** Takes a group's settings as they are now, and goes on or begins. */
  follow(group: TargetGroup): void {
    const isNew = this.#group === undefined || settingsOf(this.#group) !== settingsOf(group);
    this.#group = group;
    const canAsk = group.HealthCheckEnabled !== false && group.TargetType !== 'lambda' && this.#hooks.node() !== undefined;
    if (!canAsk) {
      this.#timer?.[Symbol.dispose]();
      this.#timer = undefined;
    } else if (!this.#isAsking && (isNew || this.#timer === undefined)) {
      this.#next(FIRST_CHECK_MS);
    }
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
    this.#timer?.[Symbol.dispose]();
  }

  #next(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#context.clock.schedule(ms, () => {
      this.#timer = undefined;
      void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    const group = this.#group;
    const node = this.#hooks.node();
    if (!group || !node || this.#closed.signal.aborted) {
      return;
    }
    this.#isAsking = true;
    const begun = this.#context.clock.now();
    const outcome = await this.#outcome(group, node);
    this.#isAsking = false;
    if (this.#closed.signal.aborted) {
      return;
    }
    this.#judge(outcome, group);
    const took = this.#context.clock.now() - begun;
    this.#next(Math.max(0, (group.HealthCheckIntervalSeconds ?? 30) * 1000 - took));
  }

  /** A target begins healthy with its first success (user guide, "Health checks for your target groups"); later ones need the thresholds. */
  #judge(outcome: Outcome, group: TargetGroup): void {
    const { state } = this.#target;
    if (outcome.ok) {
      this.#passed += 1;
      this.#failed = 0;
      if (state === 'initial' || (state === 'unhealthy' && this.#passed >= (group.HealthyThresholdCount ?? 5))) {
        this.#become({ state: 'healthy', reason: undefined, description: undefined });
      }
      return;
    }
    this.#failed += 1;
    this.#passed = 0;
    const { reason, description } = outcome;
    if (this.#failed >= (group.UnhealthyThresholdCount ?? 2)) {
      if (state !== 'unhealthy' || this.#target.reason !== reason) {
        this.#become({ state: 'unhealthy', reason, description });
      }
    } else if (state === 'initial') {
      this.#become({ state, reason: 'Elb.InitialHealthChecking', description: 'Initial health checks in progress' });
    }
  }

  #become(change: Pick<Target, 'state' | 'reason' | 'description'>): void {
    this.#target = { ...this.#target, ...change };
    this.#hooks.onChange(this.#target);
  }

  async #outcome(group: TargetGroup, node: NetworkEndpoint): Promise<Outcome> {
    const address = addressOf(this.#context, group, this.#target);
    const port = group.HealthCheckPort === 'traffic-port' ? this.#target.port : Number(group.HealthCheckPort);
    if (address === undefined || port === undefined) {
      return { ok: false, reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
    }
    const limit = new AbortController();
    const timer = this.#context.clock.schedule((group.HealthCheckTimeoutSeconds ?? 5) * 1000, () => limit.abort());
    const signal = AbortSignal.any([limit.signal, this.#closed.signal]);
    try {
      const connection = await node.connect(address, port, signal);
      return group.HealthCheckProtocol === 'HTTP' || group.HealthCheckProtocol === 'HTTPS'
        ? await this.#request(connection, group, `${address}:${port}`, signal)
        : done(connection);
    } catch {
      return limit.signal.aborted
        ? { ok: false, reason: 'Target.Timeout', description: 'Request timed out' }
        : { ok: false, reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
    } finally {
      timer[Symbol.dispose]();
    }
  }

  async #request(connection: Duplex, group: TargetGroup, host: string, signal: AbortSignal): Promise<Outcome> {
    // Certificates of targets are not checked, as with AWS.
    const stream = group.HealthCheckProtocol === 'HTTPS' ? tlsConnect({ socket: connection, rejectUnauthorized: false }) : connection;
    try {
      const status = await new Promise<number>((resolve, reject) => {
        const asked = httpRequest({
          method: 'GET',
          path: group.HealthCheckPath ?? '/',
          headers: { Host: host, Connection: 'close', 'User-Agent': 'ELB-HealthChecker/2.0', 'Accept-Encoding': 'gzip, compressed' },
          createConnection: () => stream,
          signal,
        });
        asked.on('response', (answer) => {
          answer.resume();
          answer.on('end', () => resolve(answer.statusCode ?? 0));
          answer.on('error', reject);
        });
        asked.on('error', reject);
        asked.end();
      });
      return isExpected(status, group.Matcher?.HttpCode ?? '200')
        ? { ok: true }
        : { ok: false, reason: 'Target.ResponseCodeMismatch', description: `Health checks failed with these codes: [${status}]` };
    } finally {
      stream.destroy();
    }
  }
}

function done(connection: Duplex): Outcome {
  connection.destroy();
  return { ok: true };
}

/** `200`, `200,202` or `200-299`. */
export function isExpected(status: number, matcher: string): boolean {
  return matcher.split(',').some((part) => {
    const [least = '', most = least] = part.split('-');
    return status >= Number(least) && status <= Number(most);
  });
}
