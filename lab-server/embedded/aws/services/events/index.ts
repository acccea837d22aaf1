// Amazon EventBridge.
import type { ServiceDefinition } from '../service.ts';
import { archiveOperations } from './archives.ts';
import { busOperations } from './buses.ts';
import { connectionOperations } from './connections.ts';
import { putEventsOperations } from './put-events.ts';
import { ruleOperations } from './rules.ts';
import { EventWorld } from './world.ts';

export const events: ServiceDefinition = {
  name: 'events',
  operations: { ...busOperations, ...ruleOperations, ...putEventsOperations, ...archiveOperations, ...connectionOperations },
  start: (context) => new EventWorld(context),
  fidelity: {
    version: '2015-10-07',
    gaps: [
      'targets other than log groups, ECS tasks and event buses are kept and get nothing; retries and dead-letter queues',
      'events of services other than ECS; partner event sources, global endpoints, EventBridge Pipes, Scheduler and Schemas',
      'API destinations and connections are kept and not called; policies of buses are kept and not evaluated',
    ],
    differences: [
      'Events arrive at once.',
      'A replay is over when StartReplay answers.',
      'Archives keep their events for as long as they exist.',
    ],
  },
};
