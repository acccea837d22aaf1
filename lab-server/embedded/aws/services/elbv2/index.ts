// Elastic Load Balancing version 2: application, network and gateway load balancers.
import type { AwsContext, ServiceDefinition } from '../service.ts';
import { accountOperations } from './account.ts';
import { listenerOperations } from './listeners.ts';
import { loadBalancerOperations } from './load-balancers.ts';
import { ruleOperations } from './rules.ts';
import { tagOperations } from './tags.ts';
import { targetGroupOperations } from './target-groups.ts';
import { targetOperations } from './targets.ts';
import { ElbWorld } from './world.ts';

export const elbv2: ServiceDefinition = {
  name: 'elasticloadbalancing',
  operations: {
    ...loadBalancerOperations,
    ...targetGroupOperations,
    ...targetOperations,
    ...listenerOperations,
    ...ruleOperations,
    ...tagOperations,
    ...accountOperations,
  },
  start: (context: AwsContext) => {
    const world = new ElbWorld(context);
    world.resume();
    return world;
  },
  fidelity: {
    version: '2015-12-01',
    gaps: [
      'Lambda targets, trust stores and mutual TLS, logins at identity providers, capacity reservations, gateway load balancers carry nothing',
      'classic load balancers',
      'access logs, HTTP/2, gRPC, UDP, slow start, zonal shift, anomaly detection',
    ],
    differences: [
      'There is no certificate store: certificates are checked by the form of their ARN, an HTTPS listener may have none, and every name is answered with a certificate of the lab’s authority.',
      'A network load balancer connects to its targets from its own address, also where AWS preserves the client’s.',
      'Cookies of sticky sessions are not encrypted.',
      'Targets are asked for their health a tenth of a second after they were registered, then at the interval of their group.',
      'Nodes of every zone send to the targets of all zones.',
    ],
  },
};
