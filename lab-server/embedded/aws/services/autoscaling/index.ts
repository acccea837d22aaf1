// Amazon EC2 Auto Scaling: groups of instances that keep their number, and change it by policies, alarms and schedules.
import type { AwsContext, ServiceDefinition } from '../service.ts';
import { groupOperations } from './groups.ts';
import { instanceOperations } from './instances.ts';
import { launchConfigurationOperations } from './launch-configurations.ts';
import { policyOperations } from './policies.ts';
import { scheduleOperations } from './schedules.ts';
import { settingOperations } from './settings.ts';
import { tagOperations } from './tags.ts';
import { GroupWorld } from './world.ts';

export const autoscaling: ServiceDefinition = {
  name: 'autoscaling',
  operations: {
    ...launchConfigurationOperations,
    ...groupOperations,
    ...instanceOperations,
    ...policyOperations,
    ...scheduleOperations,
    ...settingOperations,
    ...tagOperations,
  },
  start: (context: AwsContext) => new GroupWorld(context),
  fidelity: {
    version: '2011-01-01',
    gaps: [
      'warm pools are kept and hold no instances; notifications are kept and not sent; predictive scaling',
      'mixed instances policies use their first instance type only; weights and Spot',
      'maximum instance lifetime, rebalancing between zones, checkpoints and rollback of instance refreshes',
    ],
    differences: [
      'An instance refresh replaces one instance after the other.',
      'Groups have no CPU metrics of their own: their instances run nothing but containers.',
    ],
  },
};
