// Alarms as time passes: each is judged at the turn of its period, composite ones after each change; changes are history, and set actions off.
import { isoOf } from '../../gateway/protocols/time.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { KeyedTimers } from '../timers.ts';
import { judge, MORE_PERIODS } from './alarm-evaluation.ts';
import { childrenOf, isMet, parseRule } from './alarm-rule.ts';
import { seriesOf, type Query } from './metric-data.ts';
import { alarmKey, cloudWatchTables, type Alarm, type MetricAlarm, type State } from './state.ts';

/** Alarms with periods of a minute and more are judged once a minute, others every ten seconds. */
const MINUTE_MS = 60_000;
const SHORT_MS = 10_000;
/** How long after the turn of a period an alarm is judged: what was measured in it is there by then. */
const SETTLE_MS = 1000;
const MAX_HISTORY = 500;

/** Carries out an action that an alarm names by its ARN. Undefined: it is somebody else's. */
export type AlarmAction = (
  actionArn: string,
  alarm: { scope: Scope; alarm: MetricAlarm; state: State; values: number[] },
) => string | undefined;

const worlds = new WeakMap<object, AlarmWorld>();
const actions = new WeakMap<object, Set<AlarmAction>>();

export function alarmWorldOf(context: Pick<AwsContext, 'tables'>): AlarmWorld {
  const world = worlds.get(context.tables);
  if (!world) {
    throw new Error('CloudWatch has not started');
  }
  return world;
}

/** Lets a service answer for actions of alarms until disposed. The action's words, if any, go to the alarm's history. */
export function onAlarmAction({ tables }: Pick<AwsContext, 'tables'>, action: AlarmAction): Disposable {
  const own = actions.get(tables) ?? new Set();
  actions.set(tables, own.add(action));
  return { [Symbol.dispose]: () => void own.delete(action) };
}

export class AlarmWorld implements Disposable {
  readonly #context: AwsContext;
  readonly #timers: KeyedTimers;
  #order = 0;

  constructor(context: AwsContext) {
    this.#context = context;
    this.#timers = new KeyedTimers(context.clock);
    worlds.set(context.tables, this);
    for (const [key, { kind }] of cloudWatchTables(context.tables).alarms.entries()) {
      if (kind === 'metric') {
        this.#judgeLater(key);
      }
    }
  }

  /** A metric alarm was made or changed. */
  watch(scope: Scope, name: string): void {
    this.#judgeLater(alarmKey(scope, name), SETTLE_MS);
  }

  forget(scope: Scope, name: string): void {
    this.#timers.cancel(alarmKey(scope, name));
  }

  /** Puts an alarm into a state: history, actions, and the composite alarms above it. */
  become(scope: Scope, name: string, state: State, reason: string, data: string | undefined, values: number[] = []): void {
    const { alarms } = cloudWatchTables(this.#context.tables);
    const key = alarmKey(scope, name);
    const record = alarms.get(key);
    if (!record) {
      return;
    }
    const before = record.alarm.StateValue;
    const now = this.#context.clock.now();
    const change = {
      StateValue: state,
      StateReason: reason,
      StateReasonData: data,
      StateUpdatedTimestamp: now,
      ...(before === state ? {} : { StateTransitionedTimestamp: now }),
    };
    alarms.put(key, { ...record, alarm: { ...record.alarm, ...change } } as Alarm);
    if (before === state) {
      return;
    }
    this.remember(scope, record, 'StateUpdate', `Alarm updated from ${before ?? ''} to ${state}`, {
      version: '1.0',
      oldState: { stateValue: before, stateReason: record.alarm.StateReason },
      newState: { stateValue: state, stateReason: reason, ...(data === undefined ? {} : { stateReasonData: JSON.parse(data) as object }) },
    });
    this.#act(scope, record, state, values);
    this.judgeComposites(scope);
  }

  /** Judges every composite alarm of a scope anew. */
  judgeComposites(scope: Scope): void {
    const { alarms } = cloudWatchTables(this.#context.tables);
    const stateOf = (name: string): State | undefined => alarms.get(alarmKey(scope, name))?.alarm.StateValue;
    for (const record of alarms.list(`${scopeKey(scope)}/`)) {
      if (record.kind === 'composite') {
        const rule = parseRule(record.alarm.AlarmRule ?? '');
        const state: State = isMet(rule, stateOf) ? 'ALARM' : 'OK';
        if (state !== record.alarm.StateValue) {
          const cause = childrenOf(rule).find((child) => stateOf(child) !== undefined) ?? '';
          const childArn = alarms.get(alarmKey(scope, cause))?.alarm.AlarmArn ?? cause;
          const reason = `${childArn} transitioned to ${stateOf(cause) ?? 'an unknown state'} at ${isoOf(this.#context.clock.now())}`;
          this.become(scope, record.alarm.AlarmName ?? '', state, reason, JSON.stringify({ triggeringAlarms: [{ arn: childArn }] }));
        }
      }
    }
  }

  remember(
    scope: Scope,
    { kind, alarm }: Alarm,
    type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action',
    summary: string,
    data: object,
  ): void {
    const { history } = cloudWatchTables(this.#context.tables);
    const now = this.#context.clock.now();
    this.#order += 1;
    const prefix = `${scopeKey(scope, alarm.AlarmName ?? '')} `;
    history.put(`${prefix}${String(now).padStart(15, '0')} ${String(this.#order).padStart(8, '0')}`, {
      AlarmName: alarm.AlarmName,
      AlarmType: kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm',
      Timestamp: now,
      HistoryItemType: type,
      HistorySummary: summary,
      HistoryData: JSON.stringify(data),
    });
    for (const [old] of history.entries(prefix).slice(0, -MAX_HISTORY)) {
      history.delete(old);
    }
  }

  [Symbol.dispose](): void {
    this.#timers[Symbol.dispose]();
    worlds.delete(this.#context.tables);
  }

  /** Without `ms`: at the next turn. */
  #judgeLater(key: string, ms?: number): void {
    const record = cloudWatchTables(this.#context.tables).alarms.get(key);
    if (record?.kind !== 'metric') {
      return;
    }
    const turn = periodOf(record.alarm) < MINUTE_MS ? SHORT_MS : MINUTE_MS;
    const now = this.#context.clock.now();
    this.#timers.set(key, ms ?? turn - ((now - SETTLE_MS) % turn), () => {
      this.#judge(key);
      this.#judgeLater(key);
    });
  }

  #judge(key: string): void {
    const record = cloudWatchTables(this.#context.tables).alarms.get(key);
    const [account = '', region = ''] = key.split('/');
    if (record?.kind !== 'metric') {
      return;
    }
    const { alarm } = record;
    const now = this.#context.clock.now();
    const period = periodOf(alarm);
    const end = Math.floor(now / period) * period;
    const count = (alarm.EvaluationPeriods ?? 1) + MORE_PERIODS;
    const at = Array.from({ length: count }, (_, index) => end - (index + 1) * period);
    const [queries, id] = queriesOf(alarm);
    let values: (number | undefined)[];
    try {
      const series = seriesOf(this.#context.tables, { account, region }, queries, end - count * period, end).get(id);
      values = at.map((moment) => series?.get(moment));
    } catch {
      // An expression that cannot be computed gives no data.
      values = at.map(() => undefined);
    }
    const judged = judge(alarm, values, at, now);
    const isNew = alarm.StateReason === UNCHECKED && judged?.state === 'INSUFFICIENT_DATA';
    if (judged && (judged.state !== alarm.StateValue || isNew)) {
      this.become(
        { account, region },
        alarm.AlarmName ?? '',
        judged.state,
        judged.reason,
        JSON.stringify(judged.data),
        values.flatMap((value) => value ?? []),
      );
    } else if (judged?.state === 'ALARM') {
      // Scaling policies go on as long as the alarm stands.
      this.#act(
        { account, region },
        record,
        'ALARM',
        values.flatMap((value) => value ?? []),
        isScaling,
      );
    }
  }

  #act(scope: Scope, record: Alarm, state: State, values: number[], only: (actionArn: string) => boolean = () => true): void {
    const { alarm, kind } = record;
    const named = (state === 'ALARM' ? alarm.AlarmActions : state === 'OK' ? alarm.OKActions : alarm.InsufficientDataActions) ?? [];
    if (alarm.ActionsEnabled === false) {
      return;
    }
    for (const action of named.filter(only)) {
      for (const perform of actions.get(this.#context.tables) ?? []) {
        const said = kind === 'metric' ? perform(action, { scope, alarm, state, values }) : undefined;
        if (said !== undefined) {
          this.remember(scope, record, 'Action', said, { version: '1.0', actionArn: action, newState: state });
        }
      }
    }
  }
}

function isScaling(actionArn: string): boolean {
  return actionArn.includes(':scalingPolicy:');
}

/** What a new alarm says until it was judged. */
export const UNCHECKED = 'Unchecked: Initial alarm creation';

function periodOf(alarm: MetricAlarm): number {
  const seconds = alarm.Period ?? alarm.Metrics?.find((one) => one.MetricStat)?.MetricStat?.Period ?? alarm.Metrics?.[0]?.Period ?? 60;
  return seconds * 1000;
}

/** An alarm's metric as queries, and the id of the one that is judged. */
function queriesOf(alarm: MetricAlarm): [Query[], string] {
  if (alarm.Metrics?.length) {
    const judged = alarm.Metrics.find((one) => one.ReturnData !== false) ?? alarm.Metrics[0];
    return [alarm.Metrics, judged?.Id ?? ''];
  }
  const query: Query = {
    Id: 'm',
    MetricStat: {
      Metric: { Namespace: alarm.Namespace, MetricName: alarm.MetricName, Dimensions: alarm.Dimensions },
      Period: alarm.Period,
      Stat: alarm.ExtendedStatistic ?? alarm.Statistic,
      ...(alarm.Unit ? { Unit: alarm.Unit } : {}),
    },
  };
  return [[query], 'm'];
}
