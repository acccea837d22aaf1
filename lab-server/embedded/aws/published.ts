// The endpoint's addresses as the learner's terminal reaches them: public addresses of tasks and instances, with the ports that they offer.
import type { Duplex } from 'node:stream';
import type { Runtime } from '../runtime/runtime.ts';
import { ec2Tables } from './services/ec2/state.ts';
import { PUBLIC_BLOCK } from './services/ec2/network-interfaces.ts';
import { ecsTables, type Task, type TaskDefinition } from './services/ecs/state.ts';
import { scopeOf } from './services/ecs/tasks/record.ts';
import { worldOf } from './services/ecs/world.ts';
import { parseArn, scopeKey } from './services/scope.ts';
import { definitionKey } from './services/ecs/tags.ts';
import type { AwsContext } from './services/service.ts';

export interface PublishedPort {
  address: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

export interface PublishedNetwork {
  /** Ranges that are the endpoint's own, in CIDR notation. */
  readonly ranges: readonly string[];
  published(): readonly PublishedPort[];
  /** Calls `listener` after each change of `published()`. */
  onChange(listener: () => void): Disposable;
  /** Connects as the internet would: security groups hold. Rejects when nothing answers. */
  connect(target: { address: string; port: number }, signal?: AbortSignal): Promise<Duplex>;
}

/** Where the learner's connections come from: a documentation address (RFC 5737) that no VPC has. */
const LEARNER_ADDRESS = '203.0.113.10';

export function publishedNetwork(context: AwsContext, runtime: Runtime): PublishedNetwork {
  const read = (): PublishedPort[] =>
    ecsTables(context.tables)
      .tasks.list()
      .filter((task) => task.lastStatus === 'RUNNING')
      .flatMap((task) => portsOf(task, context));
  return {
    ranges: [PUBLIC_BLOCK],
    published: read,
    onChange(listener) {
      let before = JSON.stringify(read());
      return worldOf(context).onTaskChange(() => {
        const now = JSON.stringify(read());
        if (now !== before) {
          before = now;
          listener();
        }
      });
    },
    connect: ({ address, port }, signal) => runtime.network.connect(LEARNER_ADDRESS, address, port, signal),
  };
}

function portsOf(task: Task, context: AwsContext): PublishedPort[] {
  const address = publicAddressOf(task, context);
  if (address === undefined) {
    return [];
  }
  const bindings = (task.containers ?? []).flatMap((container) => container.networkBindings ?? []);
  const ports = bindings.map(({ hostPort = 0, protocol }) => ({ port: hostPort, protocol }));
  const mapped = (definitionOf(task, context)?.containerDefinitions ?? []).flatMap((container) =>
    (container.portMappings ?? []).map(({ containerPort = 0, protocol }) => ({ port: containerPort, protocol })),
  );
  return (task.network ? mapped : ports).map(({ port, protocol }) => ({ address, port, protocol: protocol === 'udp' ? 'udp' : 'tcp' }));
}

function publicAddressOf(task: Task, context: AwsContext): string | undefined {
  const scope = scopeOf(task.taskArn ?? '');
  const interfaces = ec2Tables(context.tables).networkInterfaces;
  if (task.network) {
    const id = task.attachments?.[0]?.details?.find((detail) => detail.name === 'networkInterfaceId')?.value;
    return interfaces.get(scopeKey(scope, id ?? ''))?.Association?.PublicIp;
  }
  const instance = ecsTables(context.tables).containerInstances.get(
    scopeKey(scope, (task.containerInstanceArn ?? '').replace(/^.*container-instance\//, '')),
  );
  return interfaces.list(`${scopeKey(scope)}/`).find((one) => instance && one.Attachment?.InstanceId === instance.ec2InstanceId)
    ?.Association?.PublicIp;
}

function definitionOf(task: Task, context: AwsContext): TaskDefinition | undefined {
  const [family = '', revision = ''] = (parseArn(task.taskDefinitionArn ?? '')?.resource ?? '')
    .replace(/^task-definition\//, '')
    .split(':');
  return ecsTables(context.tables).taskDefinitions.get(definitionKey(scopeOf(task.taskArn ?? ''), family, Number(revision)));
}
