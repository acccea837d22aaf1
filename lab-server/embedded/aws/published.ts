// The endpoint's addresses as the learner's terminal reaches them: AWS's own host names, and the public addresses of tasks, instances and load balancers.
import type { Duplex } from 'node:stream';
import type { Runtime } from '../runtime/runtime.ts';
import { PUBLIC_BLOCK } from './services/ec2/network-interfaces.ts';
import { ec2Tables, type NetworkInterface } from './services/ec2/state.ts';
import { ecsTables } from './services/ecs/state.ts';
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
  /** The address of a public host name: AWS's own (`ecs.eu-west-1.amazonaws.com`), a load balancer's, an instance's. */
  resolve(name: string): string | undefined;
  /** Connects as the internet would: security groups hold. Rejects when nothing answers. */
  connect(target: { address: string; port: number }, signal?: AbortSignal): Promise<Duplex>;
}

/** Where the learner's connections come from: a documentation address (RFC 5737) that no VPC has. */
export const LEARNER_ADDRESS = '203.0.113.10';
/** Where the host names of AWS lead (RFC 5737 as well). */
const ENDPOINT_ADDRESS = '192.0.2.10';
const ENDPOINT_PORTS = [80, 443];
/** The records that the published ports are read from; most writes (log lines, metrics) are of others. */
const WATCHED = ['ec2.network-interfaces', 'ecs.container-instances', 'ecs.tasks'];
/** Starting a service changes many records in a row. */
const SETTLE_MS = 5;

export interface PublishedNetworkOptions {
  context: AwsContext;
  runtime: Runtime;
  /** Takes a connection to the endpoint itself. */
  serve: (port: number) => Duplex;
}

export function publishedNetwork({ context, runtime, serve }: PublishedNetworkOptions): PublishedNetwork {
  const read = (): PublishedPort[] => [
    ...ENDPOINT_PORTS.map((port) => ({ address: ENDPOINT_ADDRESS, port, protocol: 'tcp' as const })),
    ...publicPorts(context, runtime),
  ];
  return {
    ranges: [`${ENDPOINT_ADDRESS}/32`, PUBLIC_BLOCK],
    published: read,
    onChange(listener) {
      const stop = new DisposableStack();
      let before = JSON.stringify(read());
      let waiting: Disposable | undefined;
      const look = (): void => {
        waiting = undefined;
        const now = JSON.stringify(read());
        if (now !== before) {
          before = now;
          listener();
        }
      };
      const soon = (): void => void (waiting ??= context.clock.schedule(SETTLE_MS, look));
      stop.use(context.tables.onWrite((written) => (WATCHED.some((name) => written.has(name)) ? soon() : undefined)));
      stop.use(runtime.network.onListening(soon));
      stop.defer(() => waiting?.[Symbol.dispose]());
      return stop;
    },
    resolve: (name) => publicAddressOf(name.toLowerCase(), runtime),
    connect: async ({ address, port }, signal) =>
      address === ENDPOINT_ADDRESS && ENDPOINT_PORTS.includes(port)
        ? serve(port)
        : await runtime.network.connect(LEARNER_ADDRESS, address, port, signal),
  };
}

/** What listens behind each public address, and the host ports of tasks on instances. */
function publicPorts(context: AwsContext, runtime: Runtime): PublishedPort[] {
  const bindings = hostPorts(context);
  return ec2Tables(context.tables)
    .networkInterfaces.list()
    .flatMap((eni) => {
      const address = eni.Association?.PublicIp;
      if (address === undefined) {
        return [];
      }
      const listening = runtime.network.listening(eni.PrivateIpAddress ?? '').map((port) => ({ port, protocol: 'tcp' as const }));
      const ports = new Map([...listening, ...(bindings.get(instanceKey(eni)) ?? [])].map((one) => [`${one.protocol} ${one.port}`, one]));
      return [...ports.values()].map(({ port, protocol }) => ({ address, port, protocol }));
    });
}

type HostPort = Pick<PublishedPort, 'port' | 'protocol'>;

/** Host ports of running tasks by the EC2 instance that they run on. */
function hostPorts(context: AwsContext): Map<string, HostPort[]> {
  const { containerInstances, tasks } = ecsTables(context.tables);
  const instances = new Map(containerInstances.list().map((one) => [one.containerInstanceArn, one.ec2InstanceId ?? '']));
  const ports = new Map<string, HostPort[]>();
  for (const task of instances.size === 0 ? [] : tasks.list()) {
    const instance = task.lastStatus === 'RUNNING' && !task.network ? instances.get(task.containerInstanceArn) : undefined;
    if (instance !== undefined) {
      const bound = (task.containers ?? [])
        .flatMap((container) => container.networkBindings ?? [])
        .map(({ hostPort = 0, protocol }): HostPort => ({ port: hostPort, protocol: protocol === 'udp' ? 'udp' : 'tcp' }));
      ports.set(instance, [...(ports.get(instance) ?? []), ...bound]);
    }
  }
  return ports;
}

function instanceKey(eni: NetworkInterface): string {
  return eni.Attachment?.InstanceId ?? '';
}

function publicAddressOf(name: string, runtime: Runtime): string | undefined {
  const instance = /^ec2-(\d+)-(\d+)-(\d+)-(\d+)\./.exec(name);
  if (instance && name.endsWith('.amazonaws.com')) {
    return instance.slice(1).join('.');
  }
  const known = runtime.network.resolve(LEARNER_ADDRESS, name)[0];
  const isOwn = /\.(amazonaws\.com(\.cn)?|api\.aws)$/.test(name) && !/\.elb(\.|$)/.test(name);
  return known ?? (isOwn ? ENDPOINT_ADDRESS : undefined);
}
