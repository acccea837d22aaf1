// The rows of `ps`: every container of some tasks with its state, addresses, task definition and health.
import type { Container, Task } from '@aws-sdk/client-ecs';
import { loadEc2, type Ecs } from '../aws.ts';
import type { Settings } from '../config/settings.ts';
import { table } from '../output.ts';

const COLUMNS = ['Name', 'State', 'Ports', 'TaskDefinition', 'Health'];

export interface TaskFilter {
  family?: string;
  serviceName?: string;
  desiredStatus?: string;
}

/** Running and stopped tasks of a cluster, or those of one status. */
export async function tasksOf({ sdk, client }: Ecs, cluster: string, { desiredStatus, ...filter }: TaskFilter): Promise<Task[]> {
  const statuses = desiredStatus === undefined ? (['RUNNING', 'STOPPED'] as const) : [desiredStatus.toUpperCase() as 'RUNNING'];
  const tasks: Task[] = [];
  for (const status of statuses) {
    for await (const page of sdk.paginateListTasks({ client }, { cluster, desiredStatus: status, ...filter })) {
      if (page.taskArns && page.taskArns.length > 0) {
        const described = await client.send(new sdk.DescribeTasksCommand({ cluster, tasks: page.taskArns }));
        tasks.push(...(described.tasks ?? []));
      }
    }
  }
  return tasks;
}

/** The table of `ps`; nothing at all where there is no container. */
export async function containerTable(ecs: Ecs, settings: Settings, cluster: string, tasks: readonly Task[]): Promise<string> {
  const addresses = await addressesOf(ecs, settings, cluster, tasks);
  const definitions = await mappedPorts(ecs, tasks);
  const rows = tasks.flatMap((task) =>
    (task.containers ?? []).map((container) => [
      containerName(task, container),
      state(container),
      portsOf(task, container, addresses.get(task.taskArn ?? ''), definitions),
      afterSlash(task.taskDefinitionArn),
      container.healthStatus ?? 'UNKNOWN',
    ]),
  );
  return rows.length === 0 ? '' : table(COLUMNS, rows);
}

/** `cluster/task/container`, as the tool writes names since task ARNs have the cluster in them. */
export function containerName(task: Task, container: Container): string {
  return `${afterSlash(task.taskArn)}/${container.name ?? ''}`;
}

export function afterSlash(arn: string | undefined): string {
  return (arn ?? '').slice((arn ?? '').indexOf('/') + 1);
}

function state({ lastStatus = '', exitCode, reason }: Container): string {
  if (lastStatus !== 'STOPPED') {
    return lastStatus;
  }
  return `STOPPED${exitCode === undefined ? '' : ` ExitCode: ${exitCode}`}${reason === undefined ? '' : ` Reason: ${reason}`}`;
}

type MappedPorts = ReadonlyMap<string, readonly { containerPort?: number; hostPort?: number; protocol?: string }[]>;

function portsOf(task: Task, container: Container, address: string | undefined, definitions: MappedPorts): string {
  const bindings = container.networkBindings ?? [];
  const inOwnNetwork = bindings.length === 0 && (container.networkInterfaces?.length ?? 0) > 0;
  const ports = inOwnNetwork ? (definitions.get(`${task.taskDefinitionArn}/${container.name}`) ?? []) : bindings;
  return ports
    .map((port) => {
      const from = address ?? ('bindIP' in port ? String(port.bindIP) : '');
      return `${from ? `${from}:` : ''}${port.hostPort ?? port.containerPort}->${port.containerPort}/${port.protocol ?? 'tcp'}`;
    })
    .join(', ');
}

/** With awsvpc a container's ports are those of its definition: the task has an address of its own. */
async function mappedPorts({ sdk, client }: Ecs, tasks: readonly Task[]): Promise<MappedPorts> {
  const arns = new Set(tasks.filter((task) => interfaceOf(task) !== undefined).map((task) => task.taskDefinitionArn ?? ''));
  const described = await Promise.all(
    [...arns].map((taskDefinition) => client.send(new sdk.DescribeTaskDefinitionCommand({ taskDefinition }))),
  );
  return new Map(
    described.flatMap(({ taskDefinition }) =>
      (taskDefinition?.containerDefinitions ?? []).map((container): [string, NonNullable<typeof container.portMappings>] => [
        `${taskDefinition?.taskDefinitionArn}/${container.name}`,
        container.portMappings ?? [],
      ]),
    ),
  );
}

/** The address at which each task answers, by its ARN: its interface's public one, or its instance's. */
async function addressesOf(ecs: Ecs, settings: Settings, cluster: string, tasks: readonly Task[]): Promise<Map<string, string>> {
  const running = tasks.filter((task) => task.lastStatus !== 'STOPPED');
  const interfaces = new Map(running.flatMap((task) => asPair(task.taskArn, interfaceOf(task))));
  const instances = new Map(
    running.flatMap((task) => (interfaceOf(task) === undefined ? asPair(task.taskArn, task.containerInstanceArn) : [])),
  );
  if (interfaces.size === 0 && instances.size === 0) {
    return new Map();
  }
  const ec2 = await loadEc2(settings);
  const found = new Map<string, string>();
  if (interfaces.size > 0) {
    const ids = [...new Set(interfaces.values())];
    const answer = await ec2.client.send(
      new ec2.sdk.DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'network-interface-id', Values: ids }] }),
    );
    for (const one of answer.NetworkInterfaces ?? []) {
      found.set(one.NetworkInterfaceId ?? '', one.Association?.PublicIp ?? one.PrivateIpAddress ?? '');
    }
  }
  if (instances.size > 0) {
    const { containerInstances = [] } = await ecs.client.send(
      new ecs.sdk.DescribeContainerInstancesCommand({ cluster, containerInstances: [...new Set(instances.values())] }),
    );
    const ids = containerInstances.flatMap(({ ec2InstanceId }) => (ec2InstanceId === undefined ? [] : [ec2InstanceId]));
    const { Reservations = [] } = ids.length === 0 ? {} : await ec2.client.send(new ec2.sdk.DescribeInstancesCommand({ InstanceIds: ids }));
    const machines = new Map(Reservations.flatMap(({ Instances = [] }) => Instances).map((machine) => [machine.InstanceId, machine]));
    for (const instance of containerInstances) {
      const machine = machines.get(instance.ec2InstanceId);
      found.set(instance.containerInstanceArn ?? '', machine?.PublicIpAddress || machine?.PrivateIpAddress || '');
    }
  }
  return new Map(
    [...interfaces, ...instances].flatMap(([task, where]) => {
      const address = found.get(where);
      return address ? [[task, address] as [string, string]] : [];
    }),
  );
}

function asPair(name: string | undefined, value: string | undefined): [string, string][] {
  return name === undefined || value === undefined ? [] : [[name, value]];
}

function interfaceOf(task: Task): string | undefined {
  return task.attachments
    ?.find(({ type }) => type === 'ElasticNetworkInterface')
    ?.details?.find(({ name }) => name === 'networkInterfaceId')?.value;
}
