// What lives in EventBridge: the schedules of rules, and the events that ECS tells of.
import type { AwsContext } from '../service.ts';
import { nextMoment, parseSchedule } from '../schedule.ts';
import { parseArn } from '../scope.ts';
import { busEvent, fire } from './deliver.ts';
import { listenToEcs } from './ecs-events.ts';
import { DEFAULT_BUS, eventTables, type Rule } from './state.ts';

const worlds = new WeakMap<object, EventWorld>();

/** The living half of EventBridge. Throws before it started. */
export function eventWorldOf(context: Pick<AwsContext, 'tables'>): EventWorld {
  const world = worlds.get(context.tables);
  if (!world) {
    throw new Error('EventBridge has not started');
  }
  return world;
}

export class EventWorld implements Disposable {
  readonly #context: AwsContext;
  #timer: Disposable | undefined;
  #ecs: Disposable | undefined;

  constructor(context: AwsContext) {
    this.#context = context;
    worlds.set(context.tables, this);
    this.reschedule();
  }

  /** One timer for the next scheduled rule; none where there is none. Called after each change of rules. */
  reschedule(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const rules = eventTables(this.#context.tables).rules.list();
    // Without rules ECS need not be watched.
    if (rules.length > 0) {
      this.#ecs ??= listenToEcs(this.#context);
    } else {
      this.#ecs?.[Symbol.dispose]();
      this.#ecs = undefined;
    }
    const now = this.#context.clock.now();
    let next: { at: number; rules: Rule[] } | undefined;
    for (const rule of rules) {
      const at = momentOf(rule, now);
      if (at !== undefined && (next === undefined || at <= next.at)) {
        next = { at, rules: at === next?.at ? [...next.rules, rule] : [rule] };
      }
    }
    if (next) {
      const { at, rules: due } = next;
      this.#timer = this.#context.clock.schedule(at - now, () => {
        due.forEach((rule) => this.#fire(rule, at));
        this.reschedule();
      });
    }
  }

  #fire(rule: Rule, at: number): void {
    const parsed = parseArn(rule.arn);
    const scope = { account: parsed?.account ?? '', region: parsed?.region ?? '' };
    const event = { source: 'aws.events', detailType: 'Scheduled Event', resources: [rule.arn], detail: {}, time: at };
    fire(rule, busEvent(event, scope, this.#context), scope, this.#context);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#ecs?.[Symbol.dispose]();
    worlds.delete(this.#context.tables);
  }
}

function momentOf(rule: Rule, now: number): number | undefined {
  const schedule =
    rule.state === 'DISABLED' || rule.scheduleExpression === undefined || rule.bus !== DEFAULT_BUS
      ? undefined
      : parseSchedule(rule.scheduleExpression);
  return schedule && nextMoment(schedule, now, rule.scheduledAt);
}
