// The picture of an ECS account: container instances and Fargate carry tasks, services own them, target groups and Service Connect lead to them.
import type { z } from 'zod';
import type { Topology, TopologyEntry, TopologyGroup, TopologyHost, TopologyUnit, UnitState } from '../protocol/index.ts';
import type { StateDocument } from '../sandboxes/sandbox.ts';
import {
  clusterSchema,
  healthSchema,
  instanceSchema,
  loadBalancerSchema,
  serviceSchema,
  targetGroupSchema,
  taskSchema,
  type EcsInstance,
  type EcsService,
  type EcsTask,
} from './ecs-documents.ts';
import { type Documents, MAX_UNITS, type Question, type TopologyPlan } from './plan.ts';

const IDENTITIES = ['taskArn', 'serviceArn', 'containerInstanceArn', 'clusterArn', 'TargetGroupArn', 'LoadBalancerArn'];

const question = (name: string, service: string, operation: string, input?: Record<string, unknown>): Question => ({
  name,
  query: { platform: 'ecs', service, operation, ...(input && { input }) },
});

export const ecsPlan: TopologyPlan = {
  questions: [
    {
      ...question('cluster', 'ecs', 'DescribeClusters'),
      more: (document) => {
        const input = { cluster: document.clusterArn };
        return [
          question('service', 'ecs', 'DescribeServices', input),
          question('task', 'ecs', 'DescribeTasks', input),
          question('instance', 'ecs', 'DescribeContainerInstances', input),
        ];
      },
    },
    question('targetGroup', 'elasticloadbalancing', 'DescribeTargetGroups'),
    question('loadBalancer', 'elasticloadbalancing', 'DescribeLoadBalancers'),
    question('health', 'elasticloadbalancing', 'DescribeTargetHealth'),
  ],
  identity: (document) => IDENTITIES.map((name) => document[name]).find((value) => typeof value === 'string') ?? JSON.stringify(document),
  draw: drawEcs,
};

export function drawEcs(documents: Documents): Topology {
  const clusters = read(documents, 'cluster', clusterSchema);
  const services = read(documents, 'service', serviceSchema).filter((service) => service.status !== 'INACTIVE');
  const tasks = read(documents, 'task', taskSchema);
  const instances = read(documents, 'instance', instanceSchema);
  const spaceOf = (clusterArn: string): string => {
    const name = lastPart(clusterArn);
    return name === 'default' || clusters.length < 2 ? '' : name;
  };

  const groups = new Map<string, TopologyGroup>();
  for (const service of services) {
    groups.set(service.serviceArn, {
      id: service.serviceArn,
      kind: 'Service',
      name: service.serviceName,
      space: spaceOf(service.clusterArn),
      wanted: service.desiredCount,
      ready: 0,
      note: noteOf(service, tasks),
    });
  }
  const units = tasks
    .filter((task) => task.lastStatus !== 'STOPPED')
    .map((task): TopologyUnit => {
      const service = services.find(
        (candidate) => candidate.clusterArn === task.clusterArn && task.group === `service:${candidate.serviceName}`,
      );
      const group = service?.serviceArn ?? `alone ${task.clusterArn}`;
      if (!groups.has(group)) {
        groups.set(group, {
          id: group,
          kind: 'Tasks',
          name: 'On their own',
          space: spaceOf(task.clusterArn),
          wanted: null,
          ready: 0,
          note: '',
        });
      }
      const [state, words] = stateOf(task);
      return {
        id: task.taskArn,
        kind: 'Task',
        name: lastPart(task.taskArn),
        group,
        host: hostIdOf(task),
        state,
        words,
        revision: lastPart(task.taskDefinitionArn),
        current: service === undefined || service.taskDefinition === task.taskDefinitionArn,
        restarts: 0,
      };
    })
    .toSorted((a, b) => Number(a.current) - Number(b.current) || a.name.localeCompare(b.name));
  for (const group of groups.values()) {
    group.ready = units.filter((unit) => unit.group === group.id && unit.state === 'ready').length;
  }
  const shown = units.slice(0, MAX_UNITS);
  return {
    platform: 'ecs',
    hosts: hostsOf(instances, shown),
    groups: [...groups.values()].toSorted((a, b) => `${a.space} ${a.name}`.localeCompare(`${b.space} ${b.name}`)),
    units: shown,
    entries: [...targetGroupsOf(documents, services, tasks, instances, shown), ...connectNamesOf(services, shown)],
    hidden: units.length - shown.length,
  };
}

function read<Schema extends z.ZodType>(documents: Documents, name: string, schema: Schema): z.infer<Schema>[] {
  return (documents.get(name) ?? []).flatMap((document: StateDocument) => {
    const parsed = schema.safeParse(document);
    return parsed.success ? [parsed.data] : [];
  });
}

const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** A deployment that failed, or why the service's tasks stop while it lacks some. */
function noteOf(service: EcsService, tasks: readonly EcsTask[]): string {
  if (service.status === 'DRAINING') {
    return 'is being deleted';
  }
  const failed = service.deployments.find((deployment) => deployment.rolloutState === 'FAILED');
  if (failed) {
    return failed.rolloutStateReason || 'the deployment failed';
  }
  const own = tasks.filter((task) => task.clusterArn === service.clusterArn && task.group === `service:${service.serviceName}`);
  const running = own.filter((task) => task.lastStatus === 'RUNNING').length;
  const stopped = own
    .filter(
      (task) => task.lastStatus === 'STOPPED' && (task.stopCode === 'TaskFailedToStart' || task.stopCode === 'EssentialContainerExited'),
    )
    .toSorted((a, b) => timeOf(b) - timeOf(a));
  return running < service.desiredCount && stopped[0] ? `last stop: ${stopped[0].stoppedReason}` : '';
}

const timeOf = ({ stoppedAt = 0 }: EcsTask): number => (typeof stoppedAt === 'number' ? stoppedAt : Date.parse(stoppedAt));

function stateOf(task: EcsTask): [UnitState, string] {
  if (task.desiredStatus === 'STOPPED' || /^(DEACTIVATING|STOPPING|DEPROVISIONING)$/.test(task.lastStatus)) {
    return ['ending', task.lastStatus];
  }
  if (task.lastStatus === 'RUNNING') {
    return task.healthStatus === 'UNHEALTHY' ? ['failing', 'RUNNING, UNHEALTHY'] : ['ready', 'RUNNING'];
  }
  return [hostIdOf(task) === null ? 'waiting' : 'starting', task.lastStatus];
}

function hostIdOf(task: EcsTask): string | null {
  if (task.containerInstanceArn !== undefined) {
    return task.containerInstanceArn;
  }
  return task.capacityProviderName.startsWith('FARGATE') ? task.capacityProviderName : task.launchType === 'FARGATE' ? 'FARGATE' : null;
}

function hostsOf(instances: readonly EcsInstance[], units: readonly TopologyUnit[]): TopologyHost[] {
  const own = instances.map((instance): TopologyHost => {
    const notes = [instance.status === 'ACTIVE' ? '' : instance.status.toLowerCase(), instance.agentConnected ? '' : 'agent not connected'];
    return {
      id: instance.containerInstanceArn,
      kind: 'Container instance',
      name: instance.ec2InstanceId || lastPart(instance.containerInstanceArn),
      ready: instance.status === 'ACTIVE' && instance.agentConnected,
      note: notes.filter((note) => note !== '').join(', '),
    };
  });
  const fargate = [
    ['FARGATE', 'Fargate'],
    ['FARGATE_SPOT', 'Fargate Spot'],
  ].flatMap(([id = '', name = '']) =>
    units.some((unit) => unit.host === id) ? [{ id, kind: 'Fargate', name, ready: true, note: '' }] : [],
  );
  return [...own.toSorted((a, b) => a.name.localeCompare(b.name)), ...fargate];
}

function targetGroupsOf(
  documents: Documents,
  services: readonly EcsService[],
  tasks: readonly EcsTask[],
  instances: readonly EcsInstance[],
  shown: readonly TopologyUnit[],
): TopologyEntry[] {
  const health = read(documents, 'health', healthSchema);
  const balancers = read(documents, 'loadBalancer', loadBalancerSchema);
  const visible = new Set(shown.map((unit) => unit.id));
  return read(documents, 'targetGroup', targetGroupSchema).map((group): TopologyEntry => {
    const users = services.filter((service) => service.loadBalancers.some((balancer) => balancer.targetGroupArn === group.TargetGroupArn));
    const targets = health.find((entry) => entry.TargetGroupArn === group.TargetGroupArn)?.TargetHealthDescriptions ?? [];
    const states = new Map<string, string>();
    for (const { Target, TargetHealth } of targets) {
      const task = tasks.find((candidate) => visible.has(candidate.taskArn) && isTarget(candidate, Target, instances));
      if (task) {
        states.set(task.taskArn, TargetHealth.State);
      }
    }
    const members = tasks
      .filter((task) => visible.has(task.taskArn))
      .filter(
        (task) =>
          states.has(task.taskArn) ||
          users.some((service) => service.clusterArn === task.clusterArn && task.group === `service:${service.serviceName}`),
      )
      .map((task) => task.taskArn);
    const balancer = balancers.find((candidate) => group.LoadBalancerArns.includes(candidate.LoadBalancerArn));
    return {
      id: group.TargetGroupArn,
      kind: 'Target group',
      name: group.TargetGroupName,
      address: balancer ? balancer.DNSName || balancer.LoadBalancerName : 'no load balancer',
      serves: members.filter((task) => states.get(task) === 'healthy'),
      withholds: members.filter((task) => states.get(task) !== 'healthy'),
      through: [],
    };
  });
}

function isTarget(task: EcsTask, target: { Id: string; Port?: number }, instances: readonly EcsInstance[]): boolean {
  if (task.attachments.some(({ details }) => details.some(({ name, value }) => name === 'privateIPv4Address' && value === target.Id))) {
    return true;
  }
  const instance = instances.find((candidate) => candidate.containerInstanceArn === task.containerInstanceArn);
  return (
    instance?.ec2InstanceId === target.Id &&
    task.containers.some((container) => container.networkBindings.some((binding) => binding.hostPort === target.Port))
  );
}

function connectNamesOf(services: readonly EcsService[], shown: readonly TopologyUnit[]): TopologyEntry[] {
  return services.flatMap((service) => {
    const primary = service.deployments.find((deployment) => deployment.status === 'PRIMARY');
    const own = shown.filter((unit) => unit.group === service.serviceArn);
    return (primary?.serviceConnectConfiguration?.services ?? []).flatMap(({ portName, clientAliases }) =>
      clientAliases.map(({ dnsName, port }): TopologyEntry => ({
        id: `${service.serviceArn} ${portName} ${port}`,
        kind: 'Service Connect',
        name: dnsName || portName,
        address: `${dnsName || portName}:${port}`,
        serves: own.filter((unit) => unit.state === 'ready').map((unit) => unit.id),
        withholds: own.filter((unit) => unit.state !== 'ready').map((unit) => unit.id),
        through: [],
      })),
    );
  });
}
