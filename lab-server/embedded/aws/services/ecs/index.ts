// Amazon Elastic Container Service.
import type { ServiceDefinition } from '../service.ts';
import { accountSettingOperations } from './account-settings.ts';
import { clusterOperations } from './clusters.ts';
import { tagOperations } from './tags.ts';
import { taskDefinitionOperations } from './task-definitions.ts';

export const ecs: ServiceDefinition = {
  name: 'ecs',
  operations: { ...clusterOperations, ...accountSettingOperations, ...tagOperations, ...taskDefinitionOperations },
  missingMember: (_operation, member) => ({ code: 'ClientException', message: `${member.split('.').at(-1) ?? member} can not be blank.` }),
  fidelity: { version: '2014-11-13', gaps: [], differences: [] },
};
