import { expect, test } from 'vitest';
import { adjusted, stepFor, tracked } from '../../../lab-server/embedded/aws/services/application-autoscaling/adjustment.ts';
import { nextMoment, parseSchedule, parseUnixCron } from '../../../lab-server/embedded/aws/services/schedule.ts';
import { ecsStand, fargateDefinition, type Stand } from './ecs-stand.ts';

const steps = [
  { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
  { MetricIntervalLowerBound: 10, ScalingAdjustment: 3 },
  { MetricIntervalUpperBound: 0, ScalingAdjustment: -1 },
];

test.each([
  [0, 1],
  [9.9, 1],
  [10, 3],
  [-5, -1],
])('a metric %d above its threshold moves the capacity by %d', (distance, amount) => {
  expect(stepFor(steps, distance)?.ScalingAdjustment).toBe(amount);
});

test.each([
  ['ChangeInCapacity', 2, 0, 6],
  ['ExactCapacity', 2, 0, 2],
  ['PercentChangeInCapacity', 10, 0, 5],
  ['PercentChangeInCapacity', 10, 2, 6],
  ['PercentChangeInCapacity', -60, 0, 2],
])('%s by %d (at least %d) of four gives %d', (type, amount, least, expected) => {
  expect(adjusted(4, { type, amount, least })).toBe(expected);
});

test('target tracking keeps the proportion, and moves by one at least', () => {
  expect(tracked(2, 95, 50, true)).toBe(4);
  expect(tracked(2, 51, 50, true)).toBe(3);
  expect(tracked(4, 10, 50, false)).toBe(1);
});

const start = Date.UTC(2026, 0, 1, 10, 30);
test.each([
  ['at(2026-01-02T00:00:00)', 'UTC', Date.UTC(2026, 0, 2)],
  ['at(2025-01-02T00:00:00)', 'UTC', undefined],
  ['rate(20 minutes)', 'UTC', Date.UTC(2026, 0, 1, 10, 40)],
  ['cron(0 12 * * ? *)', 'UTC', Date.UTC(2026, 0, 1, 12)],
  ['cron(0 12 ? * 2 *)', 'UTC', Date.UTC(2026, 0, 5, 12)],
  ['cron(0 12 ? * MON-FRI 2027)', 'UTC', Date.UTC(2027, 0, 1, 12)],
  ['cron(0 12 * * ? *)', 'Europe/Berlin', Date.UTC(2026, 0, 1, 11)],
])('%s in %s falls due next at %s', (text, timezone, expected) => {
  const schedule = parseSchedule(text, timezone);
  expect(schedule && nextMoment(schedule, start, Date.UTC(2026, 0, 1))).toBe(expected);
});

test.each(['cron(0 12 * * *)', 'every day', 'rate(0 minutes)', 'cron(61 * * * ? *)'])('%s is no schedule', (text) => {
  expect(parseSchedule(text)).toBeUndefined();
});

test('the five fields of Unix count weekdays from zero', () => {
  const schedule = parseUnixCron('0 12 * * 1');
  expect(schedule && nextMoment(schedule, start, 0)).toBe(Date.UTC(2026, 0, 5, 12));
});

const place = { ServiceNamespace: 'ecs', ResourceId: 'service/default/web', ScalableDimension: 'ecs:service:DesiredCount' };

async function scaledService(stand: Stand): Promise<void> {
  await stand.ecs('CreateCluster', {});
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web'));
  await stand.ecs('CreateService', {
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: await stand.network(),
  });
  await stand.call('application-autoscaling', 'RegisterScalableTarget', { ...place, MinCapacity: 1, MaxCapacity: 4 });
}

async function desired(stand: Stand): Promise<number | undefined> {
  const { services } = await stand.ecs<{ services: { desiredCount: number }[] }>('DescribeServices', { services: ['web'] });
  return services[0]?.desiredCount;
}

test('a service follows the alarm of a target tracking policy up to its maximum', async () => {
  await using stand = await ecsStand();
  await scaledService(stand);
  const { Alarms } = await stand.call<{ Alarms: { AlarmName: string }[] }>('application-autoscaling', 'PutScalingPolicy', {
    ...place,
    PolicyName: 'queue',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 10,
      CustomizedMetricSpecification: { Namespace: 'shop', MetricName: 'depth', Statistic: 'Average' },
    },
  });
  expect(Alarms).toHaveLength(2);
  for (let number = 0; number < 4; number += 1) {
    await stand.call('monitoring', 'PutMetricData', { Namespace: 'shop', MetricData: [{ MetricName: 'depth', Value: 95 }] });
    await stand.clock.advance(60_000);
  }
  await stand.clock.advance(2000);
  expect(await desired(stand)).toBe(4);
  const { ScalingActivities } = await stand.call<{ ScalingActivities: object[] }>('application-autoscaling', 'DescribeScalingActivities', {
    ServiceNamespace: 'ecs',
  });
  expect(ScalingActivities).toMatchObject([{ Description: 'Setting desired count to 4.', StatusCode: 'Successful' }]);
});

test('a scheduled action moves the bounds, and the service with them', async () => {
  await using stand = await ecsStand();
  await scaledService(stand);
  await stand.call('application-autoscaling', 'PutScheduledAction', {
    ...place,
    ScheduledActionName: 'morning',
    Schedule: 'cron(5 0 * * ? *)',
    ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 5 },
  });
  await stand.clock.advance(4 * 60_000);
  expect(await desired(stand)).toBe(1);
  await stand.clock.advance(61_000);
  await stand.until(async () => (await desired(stand)) === 3, 1000);
});
