import { expect, test } from 'vitest';
import { judge } from '../../../lab-server/embedded/aws/services/cloudwatch/alarm-evaluation.ts';
import { isMet, parseRule } from '../../../lab-server/embedded/aws/services/cloudwatch/alarm-rule.ts';
import { evaluate, type SeriesValues } from '../../../lab-server/embedded/aws/services/cloudwatch/expression.ts';
import { type buckets, statisticOf } from '../../../lab-server/embedded/aws/services/cloudwatch/statistics.ts';
import { ecsStand, type Stand } from './ecs-stand.ts';

const minute = 60_000;
const alarm = { EvaluationPeriods: 3, DatapointsToAlarm: 2, Threshold: 10, ComparisonOperator: 'GreaterThanThreshold' as const };
const at = [4, 3, 2, 1, 0].map((number) => number * minute);

test.each([
  ['enough datapoints breach', {}, [20, 20, 5, 5, 5], 'ALARM'],
  ['too few breach', {}, [20, 5, 5, 20, 20], 'OK'],
  ['nothing is known', {}, [undefined, undefined, undefined, undefined, undefined], 'INSUFFICIENT_DATA'],
  ['older datapoints stand in for missing ones', {}, [undefined, 20, 20, 5, 5], 'ALARM'],
  ['missing ones count as breaching', { TreatMissingData: 'breaching' }, [undefined, undefined, 5, 5, 5], 'ALARM'],
  ['missing ones count as good', { TreatMissingData: 'notBreaching' }, [20, undefined, undefined, 20, 20], 'OK'],
  ['missing ones are ignored', { TreatMissingData: 'ignore' }, [undefined, undefined, undefined, undefined, undefined], undefined],
])('an alarm when %s', (_case, change, values, state) => {
  expect(judge({ ...alarm, ...change }, values, at, 5 * minute)?.state).toBe(state);
});

test('the reason of an alarm names its datapoints and its threshold', () => {
  expect(judge({ ...alarm, EvaluationPeriods: 1, DatapointsToAlarm: 1 }, [12.5, 1, 1], at, 5 * minute)?.reason).toBe(
    'Threshold Crossed: 1 out of the last 1 datapoint [12.5 (01/01/70 00:04:00)] was greater than the threshold (10.0) (minimum 1 datapoint for OK -> ALARM transition).',
  );
});

test.each([
  ['ALARM(a) AND NOT OK("b c")', true],
  ['ALARM("b c") OR (FALSE OR INSUFFICIENT_DATA(d))', false],
  ['TRUE AND (OK("b c") OR ALARM(a))', true],
])('the rule %s is met: %s', (rule, expected) => {
  const states: Record<string, 'ALARM' | 'OK'> = { a: 'ALARM', 'b c': rule.includes('NOT') ? 'ALARM' : 'OK' };
  expect(isMet(parseRule(rule), (name) => states[name])).toBe(expected);
});

test.each(['ALARM(a', 'ALARM(a) AND', 'a OR b', '()'])('the rule %s is refused', (rule) => {
  expect(() => parseRule(rule)).toThrow('AlarmRule syntax error');
});

const series: Record<string, SeriesValues> = {
  errors: new Map([
    [0, 1],
    [minute, 4],
  ]),
  requests: new Map([
    [0, 10],
    [minute, 8],
    [2 * minute, 5],
  ]),
};
const known = { series: (id: string) => series[id], metrics: () => Object.values(series), periodMs: minute };

test.each([
  ['errors / requests * 100', [10, 50]],
  ['SUM(METRICS())', [11, 12, 5]],
  ['requests - AVG(errors)', [7.5, 5.5, 2.5]],
  ['FILL(errors, 0) + 1', [2, 5, 1]],
  ['IF(requests > 7, 1, 0)', [1, 1, 0]],
  ['-(errors ^ 2) + PERIOD(errors)', [59, 44]],
])('the expression %s gives %j', (text, values) => {
  expect([...evaluate(text, known).values()]).toEqual(values);
});

test.each(['errors +', 'nobody', 'FOO(errors)', 'errors)'])('the expression %s is refused', (text) => {
  expect(() => evaluate(text, known)).toThrow('Error in expression');
});

test('percentiles come from single values, and there is none of sets of statistics', () => {
  const point = (rest: object): Parameters<typeof buckets>[0][number] => ({
    at: 0,
    unit: 'None',
    count: 4,
    sum: 10,
    min: 1,
    max: 4,
    ...rest,
  });
  expect(statisticOf({ points: [point({ values: [1, 2, 3, 4], counts: [1, 1, 1, 1] })] }, 'p75')).toBe(3);
  expect(statisticOf({ points: [point({})] }, 'p75')).toBeUndefined();
});

async function stateOf(stand: Stand, name: string): Promise<string | undefined> {
  const { MetricAlarms, CompositeAlarms } = await stand.call<Record<string, { StateValue: string }[]>>('monitoring', 'DescribeAlarms', {
    AlarmNames: [name],
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  return [...(MetricAlarms ?? []), ...(CompositeAlarms ?? [])][0]?.StateValue;
}

test('an alarm follows its metric from minute to minute, composite alarms follow it, and its history tells', async () => {
  await using stand = await ecsStand();
  const cloudwatch = (operation: string, input: object): Promise<Record<string, unknown>> => stand.call('monitoring', operation, input);
  await cloudwatch('PutMetricAlarm', {
    AlarmName: 'busy',
    Namespace: 'shop',
    MetricName: 'load',
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 50,
    ComparisonOperator: 'GreaterThanThreshold',
  });
  await cloudwatch('PutCompositeAlarm', { AlarmName: 'any', AlarmRule: 'ALARM(busy)' });
  expect(await stateOf(stand, 'busy')).toBe('INSUFFICIENT_DATA');
  await cloudwatch('PutMetricData', { Namespace: 'shop', MetricData: [{ MetricName: 'load', Value: 80 }] });
  await stand.clock.advance(62_000);
  expect([await stateOf(stand, 'busy'), await stateOf(stand, 'any')]).toEqual(['ALARM', 'ALARM']);
  await cloudwatch('PutMetricData', { Namespace: 'shop', MetricData: [{ MetricName: 'load', Value: 10 }] });
  await stand.clock.advance(60_000);
  expect([await stateOf(stand, 'busy'), await stateOf(stand, 'any')]).toEqual(['OK', 'OK']);
  const { AlarmHistoryItems } = await cloudwatch('DescribeAlarmHistory', { AlarmName: 'busy', HistoryItemType: 'StateUpdate' });
  expect(AlarmHistoryItems).toMatchObject([
    { HistorySummary: 'Alarm updated from ALARM to OK' },
    { HistorySummary: 'Alarm updated from INSUFFICIENT_DATA to ALARM' },
  ]);
});
