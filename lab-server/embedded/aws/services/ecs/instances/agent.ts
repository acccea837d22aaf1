// The ECS agent on simulated EC2 instances: an instance whose user data names a cluster joins that cluster when it has booted.
import { instanceType } from '../../ec2/instance-types.ts';
import type { Instance } from '../../ec2/instance-table.ts';
import { onInstanceState } from '../../ec2/instances.ts';
import { scopeKey, type Scope } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import { DEFAULT_CLUSTER } from '../names.ts';
import { ecsTables } from '../state.ts';
import { joinCluster, leaveCluster } from './operations.ts';

/** What the system and the agent keep for themselves, in MiB. */
const SYSTEM_MEMORY = 128;
const CPU_UNITS = 1024;
/** Versions of Docker's API that the agent reports; task definitions ask for some of them. */
const DOCKER_API_MINORS = Array.from({ length: 28 }, (_, index) => index + 17);

export function startAgents(context: AwsContext): Disposable {
  return onInstanceState(context, (instance, scope) => {
    const registered = ecsTables(context.tables)
      .containerInstances.list(`${scopeKey(scope)}/`)
      .find((one) => one.ec2InstanceId === instance.InstanceId);
    if (instance.State?.Name === 'running' && !registered) {
      join(context, scope, instance);
    } else if (instance.State?.Name === 'shutting-down' && registered) {
      leaveCluster(context, registered, scope);
    }
  });
}

function join(context: AwsContext, scope: Scope, instance: Instance): void {
  const cluster = clusterIn(instance);
  const record = cluster === undefined ? undefined : ecsTables(context.tables).clusters.get(scopeKey(scope, cluster));
  const type = instanceType(instance.InstanceType ?? '');
  // Without a cluster of that name the real agent tries again and again; here it gives up.
  if (cluster === undefined || record?.status !== 'ACTIVE' || !type) {
    return;
  }
  const provider = providerOf(context, scope, record.capacityProviders ?? [], instance);
  joinCluster(context, scope, cluster, {
    ec2InstanceId: instance.InstanceId ?? '',
    ...(provider === undefined ? {} : { capacityProviderName: provider }),
    cpu: type.vcpus * CPU_UNITS,
    memory: type.memoryMiB - SYSTEM_MEMORY,
    attributes: [
      { name: 'ecs.ami-id', value: instance.ImageId },
      { name: 'ecs.availability-zone', value: instance.Placement?.AvailabilityZone },
      { name: 'ecs.cpu-architecture', value: instance.Architecture },
      { name: 'ecs.instance-type', value: instance.InstanceType },
      { name: 'ecs.os-type', value: 'linux' },
      { name: 'ecs.subnet-id', value: instance.SubnetId },
      { name: 'ecs.vpc-id', value: instance.VpcId },
      { name: 'com.amazonaws.ecs.capability.logging-driver.awslogs' },
      { name: 'com.amazonaws.ecs.capability.logging-driver.json-file' },
      ...DOCKER_API_MINORS.map((minor) => ({ name: `com.amazonaws.ecs.capability.docker-remote-api.1.${minor}` })),
      { name: 'com.amazonaws.ecs.capability.task-iam-role' },
      { name: 'ecs.capability.secrets.ssm.environment-variables' },
      { name: 'ecs.capability.execution-role-awslogs' },
      { name: 'ecs.capability.container-health-check' },
      { name: 'ecs.capability.task-eni' },
    ].map(({ name, value }) => (value === undefined ? { name } : { name, value })),
  });
}

/** The cluster's capacity provider whose Auto Scaling group the instance is of. */
function providerOf(context: AwsContext, scope: Scope, names: readonly string[], instance: Instance): string | undefined {
  const group = instance.Tags?.find((tag) => tag.Key === 'aws:autoscaling:groupName')?.Value;
  return group === undefined
    ? undefined
    : ecsTables(context.tables)
        .capacityProviders.list(`${scopeKey(scope)}/`)
        .find(
          ({ name = '', autoScalingGroupProvider: own }) =>
            names.includes(name) && own?.autoScalingGroupArn?.endsWith(`autoScalingGroupName/${group}`),
        )?.name;
}

/** The cluster in `echo ECS_CLUSTER=demo >> /etc/ecs/ecs.config`; the default one when /etc/ecs is touched without a name. */
function clusterIn(instance: Instance): string | undefined {
  const script = Buffer.from(instance.userData ?? '', 'base64').toString('utf8');
  const named = /ECS_CLUSTER=["']?([A-Za-z0-9_-]+)/.exec(script)?.[1];
  return named ?? (script.includes('/etc/ecs/') ? DEFAULT_CLUSTER : undefined);
}
