// AWS Cloud Map: services by name, for ECS service discovery.
import type { ServiceDefinition } from '../service.ts';
import { instanceOperations } from './instances.ts';
import { serveNames } from './names.ts';
import { namespaceOperations } from './namespaces.ts';
import { serviceOperations } from './services.ts';

export const servicediscovery: ServiceDefinition = {
  name: 'servicediscovery',
  operations: { ...namespaceOperations, ...serviceOperations, ...instanceOperations },
  missingMember: (_operation, member) => ({ code: 'InvalidInput', message: `${member} must not be null.` }),
  start: serveNames,
  fidelity: {
    version: '2017-03-14',
    gaps: [
      'Route 53 itself: hosted zones have ids and cannot be asked for',
      'Route 53 health checks, AAAA, CNAME and SRV answers',
      'sharing of namespaces between accounts',
    ],
    differences: ['Operations are over when they are answered.'],
  },
};
