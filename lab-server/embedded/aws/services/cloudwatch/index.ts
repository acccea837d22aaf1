// Amazon CloudWatch: metrics, alarms, dashboards.
import type { AwsContext, ServiceDefinition } from '../service.ts';
import { AlarmWorld } from './alarm-world.ts';
import { alarmOperations } from './alarms.ts';
import { dashboardOperations } from './dashboards.ts';
import { insightRuleOperations } from './insight-rules.ts';
import { metricDataOperations } from './metric-data.ts';
import { metricOperations } from './metrics.ts';
import { forgetSeries } from './series.ts';
import { tagOperations } from './tags.ts';

export const cloudwatch: ServiceDefinition = {
  name: 'monitoring',
  operations: {
    ...metricOperations,
    ...metricDataOperations,
    ...alarmOperations,
    ...dashboardOperations,
    ...insightRuleOperations,
    ...tagOperations,
  },
  start: (context: AwsContext) => {
    forgetSeries(context.tables);
    return new AlarmWorld(context);
  },
  fidelity: {
    version: '2010-08-01',
    gaps: [
      'metric streams, alarm mute rules, log alarms, widget images, managed insight rules, OpenTelemetry',
      'anomaly detectors and insight rules are kept and compute nothing; alarms on anomaly bands stay as they are',
      'search expressions and most functions of metric maths; Metrics Insights knows SELECT, WHERE with AND, GROUP BY and LIMIT',
      'alarm actions other than scaling policies; suppression of composite alarms',
    ],
    differences: [
      'An alarm is judged one second after each turn of a minute (of ten seconds for short periods), on whole periods only.',
      'Percentiles need the single values of a period; of sets of statistics there are none.',
      'Points are kept for fifteen days at the second they were put.',
    ],
  },
};
