// Tasks of services in Cloud Map: registered as they run, deregistered as they stop (developer guide, "Use service discovery").
import { deregisterInstance, registerInstance, setHealth } from '../../servicediscovery/instances.ts';
import { cloudMapTables, idOf, type Service as Registry } from '../../servicediscovery/state.ts';
import { scopeKey } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import { ec2Tables } from '../../ec2/state.ts';
import { ecsTables, type Service, type Task } from '../state.ts';
import { attachmentOf, detailOf } from '../tasks/network.ts';
import { idOfTask, scopeOf } from '../tasks/record.ts';
import type { EcsWorld } from '../world.ts';

type Registration = NonNullable<Service['serviceRegistries']>[number];

/** Keeps Cloud Map in line with the tasks of services until disposed. */
export function registerTasks(context: AwsContext, world: EcsWorld): Disposable {
  return world.onTaskChange((task) => follow(context, task));
}

function follow(context: AwsContext, task: Task): void {
  if (!task.group?.startsWith('service:')) {
    return;
  }
  const scope = scopeOf(task.taskArn ?? '');
  const cluster = task.clusterArn?.split('/').at(-1) ?? '';
  const service = ecsTables(context.tables).services.get(scopeKey(scope, cluster, task.group.slice('service:'.length)));
  for (const registration of service?.serviceRegistries ?? []) {
    const registry = cloudMapTables(context.tables).services.get(scopeKey(scope, idOf(registration.registryArn)));
    if (registry) {
      followOne(context, task, registration, registry);
    }
  }
}

function followOne(context: AwsContext, task: Task, registration: Registration, registry: Registry): void {
  const scope = scopeOf(task.taskArn ?? '');
  const id = idOfTask(task);
  if (task.desiredStatus === 'STOPPED') {
    deregisterInstance(context, scope, registry, id);
    return;
  }
  const attributes = task.lastStatus === 'RUNNING' ? attributesOf(context, task, registration) : undefined;
  if (!attributes) {
    return;
  }
  if (!cloudMapTables(context.tables).instances.has(scopeKey(scope, registry.Id ?? '', id))) {
    registerInstance(context, scope, registry, { id, attributes });
  }
  if (registry.HealthCheckCustomConfig) {
    setHealth(context, scope, registry, id, task.healthStatus === 'UNHEALTHY' ? 'UNHEALTHY' : 'HEALTHY');
  }
}

/** Undefined for a task that cannot be registered: one on an instance whose port mapping is not known. */
function attributesOf(context: AwsContext, task: Task, registration: Registration): Record<string, string> | undefined {
  const scope = scopeOf(task.taskArn ?? '');
  const family = (task.taskDefinitionArn ?? '').split('/').at(-1)?.split(':')[0] ?? '';
  const common = {
    AVAILABILITY_ZONE: task.availabilityZone ?? '',
    ECS_CLUSTER_NAME: task.clusterArn?.split('/').at(-1) ?? '',
    ECS_SERVICE_NAME: (task.group ?? '').slice('service:'.length),
    ECS_TASK_DEFINITION_FAMILY: family,
    REGION: scope.region,
  };
  if (task.network) {
    const address = detailOf(attachmentOf(task), 'privateIPv4Address');
    const port = registration.port ?? registration.containerPort;
    return address === undefined
      ? undefined
      : { ...common, AWS_INSTANCE_IPV4: address, ...(port === undefined ? {} : { AWS_INSTANCE_PORT: String(port) }) };
  }
  const instance = ecsTables(context.tables).containerInstances.get(
    scopeKey(scope, (task.containerInstanceArn ?? '').replace(/^.*container-instance\//, '')),
  );
  const eni = ec2Tables(context.tables)
    .networkInterfaces.list(`${scopeKey(scope)}/`)
    .find((one) => instance !== undefined && one.Attachment?.InstanceId === instance.ec2InstanceId);
  const bindings = task.containers?.find((one) => one.name === registration.containerName)?.networkBindings;
  const hostPort = bindings?.find((one) => one.containerPort === registration.containerPort)?.hostPort ?? registration.port;
  return eni?.PrivateIpAddress === undefined
    ? undefined
    : {
        ...common,
        AWS_INSTANCE_IPV4: eni.PrivateIpAddress,
        ...(hostPort === undefined ? {} : { AWS_INSTANCE_PORT: String(hostPort) }),
        EC2_INSTANCE_ID: instance?.ec2InstanceId ?? '',
      };
}
