// Amazon Elastic Container Service.
import type { ServiceDefinition } from '../service.ts';
import { accountSettingOperations } from './account-settings.ts';
import { capacityProviderOperations } from './capacity-providers.ts';
import { clusterOperations } from './clusters.ts';
import { execOperations } from './exec/operation.ts';
import { expressOperations, nameExpressServices } from './express/operations.ts';
import { agentOperations } from './instances/agent-operations.ts';
import { startAgents } from './instances/agent.ts';
import { instanceOperations } from './instances/operations.ts';
import { balanceTasks } from './services/load-balancing.ts';
import { scaleProviders } from './instances/managed-scaling.ts';
import { measureServices } from './metrics.ts';
import { registerTasks } from './services/service-registries.ts';
import { ServiceConnect } from './services/service-connect.ts';
import { serviceOperations } from './services/operations.ts';
import { serviceDeploymentOperations } from './services/service-deployments.ts';
import { taskSetOperations } from './services/task-sets.ts';
import { tagOperations } from './tags.ts';
import { taskDefinitionOperations } from './task-definitions.ts';
import { taskOperations } from './tasks/operations.ts';
import { protectionOperations } from './tasks/protection.ts';
import { runTaskOperations } from './tasks/run-task.ts';
import { EcsWorld } from './world.ts';

export const ecs: ServiceDefinition = {
  name: 'ecs',
  operations: {
    ...clusterOperations,
    ...accountSettingOperations,
    ...tagOperations,
    ...taskDefinitionOperations,
    ...runTaskOperations,
    ...taskOperations,
    ...execOperations,
    ...expressOperations,
    ...protectionOperations,
    ...serviceOperations,
    ...taskSetOperations,
    ...instanceOperations,
    ...agentOperations,
    ...capacityProviderOperations,
    ...serviceDeploymentOperations,
  },
  missingMember: (_operation, member) => ({ code: 'ClientException', message: `${member.split('.').at(-1) ?? member} can not be blank.` }),
  start: (context) => {
    const world = new EcsWorld(context);
    world.resume();
    const running = new DisposableStack();
    running.use(world);
    running.use(startAgents(context));
    running.use(scaleProviders(context));
    running.use(new ServiceConnect(context));
    running.use(nameExpressServices(context));
    running.use(balanceTasks(context, world));
    running.use(measureServices(context, world));
    running.use(registerTasks(context, world));
    return running;
  },
  fidelity: {
    version: '2014-11-13',
    gaps: [
      'task metadata endpoint: the variable is set, nothing answers there',
      'the CapacityProviderReservation metric, managed termination protection and draining of capacity providers; daemons, gateways',
      'volumesFrom, host volumes, EFS and Docker volumes; container restart policies; startTimeout',
      'lifecycle hooks that are functions: they succeed',
      'Service Connect: names are for tasks in awsvpc mode; there is no proxy container, and its TLS, timeouts and logs are kept and not acted upon',
      'task roles: containers get no credentials; execution roles are evaluated when a task pulls from ECR, reads a secret or opens its log stream',
    ],
    differences: [
      'Express Mode services answer by HTTP: there is no certificate behind their host names, and scaling by requests is kept and not acted upon.',
      'A task behind a load balancer stops as soon as its target serves nothing any more, at the latest after the deregistration delay.',
      'Images are pulled whether or not the task has a way to the internet.',
      'Tasks of a service that fail again and again are started anew after 1 s, 2 s, 4 s … up to 5 min.',
      'The circuit breaker counts the tasks that failed in a deployment; AWS counts those that failed one after the other.',
      'A task draws one subnet of its configuration at random.',
    ],
  },
};
