// Alarms: put, described, deleted, set by hand; and their history.
import type * as sdk from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { COMPARISONS } from './alarm-evaluation.ts';
import { childrenOf, parseRule } from './alarm-rule.ts';
import { alarmWorldOf, UNCHECKED } from './alarm-world.ts';
import { invalidValue, missingParameter, validation } from './errors.ts';
import { alarmKey, cloudWatchTables, type Alarm, type CompositeAlarm, type MetricAlarm, type State } from './state.ts';
import { isExtended } from './statistics.ts';

const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
const ANOMALY_COMPARISONS = ['LessThanLowerOrGreaterThanUpperThreshold', 'LessThanLowerThreshold', 'GreaterThanUpperThreshold'];
const TREATMENTS = ['breaching', 'notBreaching', 'ignore', 'missing'];
const MAX_RECORDS = 100;

function checkMetricAlarm(input: Timestamped<sdk.PutMetricAlarmInput>): void {
  if (input.ExtendedStatistic !== undefined && !isExtended(input.ExtendedStatistic)) {
    throw invalidValue(`The value ${input.ExtendedStatistic} for parameter ExtendedStatistic is not supported.`);
  }
  const low = input.EvaluateLowSampleCountPercentile;
  if (low !== undefined && low !== 'evaluate' && low !== 'ignore') {
    throw validation(
      `Option ${low} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.`,
    );
  }
  if (input.TreatMissingData !== undefined && !TREATMENTS.includes(input.TreatMissingData)) {
    throw validation(
      `Option ${input.TreatMissingData} is not supported. Supported options for parameter TreatMissingData are ${TREATMENTS.join(', ')}.`,
    );
  }
  const comparison: string | undefined = input.ComparisonOperator;
  if (comparison === undefined) {
    throw missingParameter('ComparisonOperator');
  }
  if (!COMPARISONS.includes(comparison) && !ANOMALY_COMPARISONS.includes(comparison)) {
    throw validation(
      `1 validation error detected: Value '${comparison}' at 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [${[...COMPARISONS, ...ANOMALY_COMPARISONS].join(', ')}]`,
    );
  }
  if (input.EvaluationPeriods === undefined) {
    throw missingParameter('EvaluationPeriods');
  }
  if (input.EvaluationPeriods < 1) {
    throw validation(
      "1 validation error detected: Value at 'evaluationPeriods' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  }
  if (input.DatapointsToAlarm !== undefined && input.DatapointsToAlarm > input.EvaluationPeriods) {
    throw validation('Value for DatapointsToAlarm must be less than or equal to EvaluationPeriods.');
  }
  if (input.Metrics?.length) {
    if (input.MetricName !== undefined || input.Namespace !== undefined || input.Statistic !== undefined) {
      throw new AwsError(
        'InvalidParameterCombinationException',
        'The parameters MetricName, Namespace and Statistic must not be specified with Metrics.',
      );
    }
    return;
  }
  for (const member of ['MetricName', 'Namespace', 'Period'] as const) {
    if (input[member] === undefined) {
      throw missingParameter(member);
    }
  }
  if (input.Statistic === undefined && input.ExtendedStatistic === undefined) {
    throw missingParameter('Statistic');
  }
  const period = input.Period ?? 0;
  if (![10, 20, 30].includes(period) && (period <= 0 || period % 60 !== 0)) {
    throw invalidValue('Period must be 10, 20, 30 or a multiple of 60');
  }
  if (period * input.EvaluationPeriods > 7 * 86_400) {
    throw validation('Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).');
  }
}

interface Kept {
  StateValue: State;
  StateReason: string;
  StateReasonData?: string;
  StateUpdatedTimestamp: number;
  StateTransitionedTimestamp: number;
}

/** A changed alarm keeps its state; a new one has insufficient data. */
function stateOf(before: Alarm | undefined, now: number): Kept {
  const { StateValue, StateReason, StateReasonData, StateUpdatedTimestamp, StateTransitionedTimestamp } = before?.alarm ?? {};
  return StateValue === undefined
    ? { StateValue: 'INSUFFICIENT_DATA', StateReason: UNCHECKED, StateUpdatedTimestamp: now, StateTransitionedTimestamp: now }
    : {
        StateValue,
        StateReason: StateReason ?? '',
        ...(StateReasonData === undefined ? {} : { StateReasonData }),
        StateUpdatedTimestamp: StateUpdatedTimestamp ?? now,
        StateTransitionedTimestamp: StateTransitionedTimestamp ?? now,
      };
}

function save(name: string, make: (before: Alarm | undefined) => Alarm, call: Call): Alarm {
  const { alarms } = cloudWatchTables(call.tables);
  const before = alarms.get(alarmKey(call, name));
  const record = make(before);
  alarms.put(alarmKey(call, name), record);
  const what = before ? 'updated' : 'created';
  alarmWorldOf(call).remember(call, record, 'ConfigurationUpdate', `Alarm "${name}" ${what}`, {
    version: '1.0',
    type: before ? 'Update' : 'Create',
    [before ? 'updatedAlarm' : 'createdAlarm']: record.alarm,
  });
  return record;
}

function putMetric(input: Timestamped<sdk.PutMetricAlarmInput>, call: Call): object {
  checkMetricAlarm(input);
  const { Tags: tags, ...settings } = input;
  const name = input.AlarmName ?? '';
  const now = call.clock.now();
  save(
    name,
    (before) => ({
      kind: 'metric',
      alarm: {
        ActionsEnabled: true,
        OKActions: [],
        AlarmActions: [],
        InsufficientDataActions: [],
        ...(settings.Metrics?.length ? {} : { Dimensions: [] }),
        ...(settings as MetricAlarm),
        AlarmArn: arn('cloudwatch', call, `alarm:${name}`),
        AlarmConfigurationUpdatedTimestamp: now,
        ...stateOf(before, now),
      },
      // Tags are given at the creation only; later ones come by TagResource.
      tags: before?.tags ?? tags ?? [],
    }),
    call,
  );
  alarmWorldOf(call).watch(call, name);
  return {};
}

function putComposite(input: Timestamped<sdk.PutCompositeAlarmInput>, call: Call): object {
  const { Tags: tags, ...settings } = input;
  const name = input.AlarmName ?? '';
  const rule = parseRule(input.AlarmRule ?? '');
  const { alarms } = cloudWatchTables(call.tables);
  const missing = childrenOf(rule).find((child) => child !== name && !alarms.has(alarmKey(call, child)));
  if (missing !== undefined) {
    throw validation(`Could not save the composite alarm as alarms [${missing}] in the alarm rule do not exist`);
  }
  const now = call.clock.now();
  save(
    name,
    (before) => ({
      kind: 'composite',
      alarm: {
        ActionsEnabled: true,
        OKActions: [],
        AlarmActions: [],
        InsufficientDataActions: [],
        ...(settings as CompositeAlarm),
        AlarmArn: arn('cloudwatch', call, `alarm:${name}`),
        AlarmConfigurationUpdatedTimestamp: now,
        ...stateOf(before, now),
      },
      tags: before?.tags ?? tags ?? [],
    }),
    call,
  );
  alarmWorldOf(call).judgeComposites(call);
  return {};
}

function all(call: Call): Alarm[] {
  return cloudWatchTables(call.tables).alarms.list(`${scopeKey(call)}/`);
}

function describe(input: Timestamped<sdk.DescribeAlarmsInput>, call: Call): Timestamped<Omit<sdk.DescribeAlarmsOutput, '$metadata'>> {
  const types: readonly string[] = input.AlarmTypes?.length
    ? input.AlarmTypes
    : input.ChildrenOfAlarmName || input.ParentsOfAlarmName
      ? ['MetricAlarm', 'CompositeAlarm']
      : ['MetricAlarm'];
  const found = all(call).filter(({ kind, alarm }) => {
    const actions = [...(alarm.AlarmActions ?? []), ...(alarm.OKActions ?? []), ...(alarm.InsufficientDataActions ?? [])];
    return (
      types.includes(kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm') &&
      (!input.AlarmNames?.length || input.AlarmNames.includes(alarm.AlarmName ?? '')) &&
      (input.AlarmNamePrefix === undefined || alarm.AlarmName?.startsWith(input.AlarmNamePrefix)) &&
      (input.StateValue === undefined || alarm.StateValue === input.StateValue) &&
      (input.ActionPrefix === undefined || actions.some((action) => action.startsWith(input.ActionPrefix ?? ''))) &&
      (input.ChildrenOfAlarmName === undefined || isChild(alarm.AlarmName ?? '', input.ChildrenOfAlarmName, call)) &&
      (input.ParentsOfAlarmName === undefined || isChild(input.ParentsOfAlarmName, alarm.AlarmName ?? '', call))
    );
  });
  const page = pageOf(
    found,
    input.NextToken,
    input.MaxRecords ?? MAX_RECORDS,
    () => new AwsError('InvalidNextToken', 'The next token specified is invalid.'),
  );
  return {
    MetricAlarms: page.items.flatMap((one) => (one.kind === 'metric' ? [one.alarm] : [])),
    CompositeAlarms: page.items.flatMap((one) => (one.kind === 'composite' ? [one.alarm] : [])),
    NextToken: page.nextToken,
  };
}

function isChild(child: string, parent: string, call: Call): boolean {
  const record = cloudWatchTables(call.tables).alarms.get(alarmKey(call, parent));
  return record?.kind === 'composite' && childrenOf(parseRule(record.alarm.AlarmRule ?? '')).includes(child);
}

function forMetric(input: Timestamped<sdk.DescribeAlarmsForMetricInput>, call: Call): { MetricAlarms: MetricAlarm[] } {
  const dimensions = (list: MetricAlarm['Dimensions']): string =>
    (list ?? [])
      .map((one) => `${one.Name}=${one.Value}`)
      .sort()
      .join();
  return {
    MetricAlarms: all(call).flatMap((record) => {
      if (record.kind !== 'metric') {
        return [];
      }
      const { alarm } = record;
      const metrics = [
        { name: alarm.MetricName, namespace: alarm.Namespace, dimensions: alarm.Dimensions },
        ...(alarm.Metrics ?? []).map((one) => ({
          name: one.MetricStat?.Metric?.MetricName,
          namespace: one.MetricStat?.Metric?.Namespace,
          dimensions: one.MetricStat?.Metric?.Dimensions,
        })),
      ];
      const isOf = metrics.some(
        (one) =>
          one.name === input.MetricName &&
          one.namespace === input.Namespace &&
          (input.Dimensions === undefined || dimensions(one.dimensions) === dimensions(input.Dimensions)),
      );
      return isOf &&
        (input.Statistic === undefined || alarm.Statistic === input.Statistic) &&
        (input.Period === undefined || alarm.Period === input.Period) &&
        (input.Unit === undefined || alarm.Unit === input.Unit)
        ? [alarm]
        : [];
    }),
  };
}

const enable = (isEnabled: boolean) => (input: { AlarmNames?: string[] }, call: Call) => {
  const { alarms } = cloudWatchTables(call.tables);
  for (const name of input.AlarmNames ?? []) {
    const record = alarms.get(alarmKey(call, name));
    if (record) {
      alarms.put(alarmKey(call, name), { ...record, alarm: { ...record.alarm, ActionsEnabled: isEnabled } } as Alarm);
    }
  }
  return {};
};

export const alarmOperations: Readonly<Record<string, Operation>> = {
  PutMetricAlarm: operation<sdk.PutMetricAlarmInput, object>({ handle: putMetric }),
  PutCompositeAlarm: operation<sdk.PutCompositeAlarmInput, object>({ handle: putComposite }),
  DescribeAlarms: operation<sdk.DescribeAlarmsInput, sdk.DescribeAlarmsOutput>({ handle: describe }),
  DescribeAlarmsForMetric: operation<sdk.DescribeAlarmsForMetricInput, sdk.DescribeAlarmsForMetricOutput>({ handle: forMetric }),
  EnableAlarmActions: operation<sdk.EnableAlarmActionsInput, object>({ handle: enable(true) }),
  DisableAlarmActions: operation<sdk.DisableAlarmActionsInput, object>({ handle: enable(false) }),
  DeleteAlarms: operation<sdk.DeleteAlarmsInput, object>({
    handle: (input, call) => {
      for (const name of input.AlarmNames ?? []) {
        const { alarms } = cloudWatchTables(call.tables);
        const record = alarms.get(alarmKey(call, name));
        if (record) {
          alarmWorldOf(call).forget(call, name);
          alarms.delete(alarmKey(call, name));
          alarmWorldOf(call).remember(call, record, 'ConfigurationUpdate', `Alarm "${name}" deleted`, {
            version: '1.0',
            type: 'Delete',
            deletedAlarm: record.alarm,
          });
        }
      }
      return {};
    },
  }),
  SetAlarmState: operation<sdk.SetAlarmStateInput, object>({
    handle: (input, call) => {
      if (!STATES.includes(input.StateValue ?? '')) {
        throw validation(
          `1 validation error detected: Value '${input.StateValue ?? ''}' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]`,
        );
      }
      if (!cloudWatchTables(call.tables).alarms.has(alarmKey(call, input.AlarmName ?? ''))) {
        throw new AwsError('ResourceNotFound', '');
      }
      if (input.StateReasonData !== undefined) {
        try {
          JSON.parse(input.StateReasonData);
        } catch {
          throw new AwsError('InvalidFormatFault', 'StateReasonData was not valid JSON');
        }
      }
      alarmWorldOf(call).become(call, input.AlarmName ?? '', input.StateValue as State, input.StateReason ?? '', input.StateReasonData);
      return {};
    },
  }),
  DescribeAlarmHistory: operation<sdk.DescribeAlarmHistoryInput, sdk.DescribeAlarmHistoryOutput>({
    handle: (input, call) => {
      const prefix = input.AlarmName === undefined ? `${scopeKey(call)}/` : `${scopeKey(call, input.AlarmName)} `;
      const found = cloudWatchTables(call.tables)
        .history.list(prefix)
        .filter(
          (item) =>
            (input.HistoryItemType === undefined || item.HistoryItemType === input.HistoryItemType) &&
            (!input.AlarmTypes?.length || (input.AlarmTypes as string[]).includes(item.AlarmType ?? '')) &&
            (input.StartDate === undefined || (item.Timestamp ?? 0) >= input.StartDate) &&
            (input.EndDate === undefined || (item.Timestamp ?? 0) <= input.EndDate),
        )
        .sort((left, right) => (left.Timestamp ?? 0) - (right.Timestamp ?? 0));
      const ordered = input.ScanBy === 'TimestampAscending' ? found : found.reverse();
      const page = pageOf(
        ordered,
        input.NextToken,
        input.MaxRecords ?? MAX_RECORDS,
        () => new AwsError('InvalidNextToken', 'The next token specified is invalid.'),
      );
      return { AlarmHistoryItems: page.items, NextToken: page.nextToken };
    },
  }),
};
