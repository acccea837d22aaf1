// Application Auto Scaling: ECS services follow metrics, alarms and schedules.
import type { AwsContext, ServiceDefinition } from '../service.ts';
import { policyOperations } from './policies.ts';
import { ScalingWorld } from './scaling.ts';
import { scheduledActionOperations } from './scheduled-actions.ts';
import { targetOperations } from './targets.ts';

export const applicationAutoscaling: ServiceDefinition = {
  name: 'application-autoscaling',
  operations: { ...targetOperations, ...policyOperations, ...scheduledActionOperations },
  start: (context: AwsContext) => new ScalingWorld(context),
  fidelity: {
    version: '2016-02-06',
    gaps: [
      'predictive scaling',
      'targets of other services than ECS are kept and not scaled',
      'expressions as customised metrics, high-resolution metrics',
    ],
    differences: ['A target tracking policy computes its capacity from the newest period of its alarm.'],
  },
};
