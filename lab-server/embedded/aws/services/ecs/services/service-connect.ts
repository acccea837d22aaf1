// Service Connect: within a namespace, tasks of services reach each other by the names of client aliases (developer guide, "Service Connect").
// A name leads to an address that only the namespace's tasks can use; behind it stand the running tasks of the service, in turn.
import type { AwsContext } from '../../service.ts';
import { scopeKey } from '../../scope.ts';
import { idOf } from '../names.ts';
import { ecsTables, type Service, type Task } from '../state.ts';
import { definitionKey } from '../tags.ts';
import { attachmentOf, detailOf } from '../tasks/network.ts';
import { scopeOf } from '../tasks/record.ts';
import { primaryOf, tasksOfService } from './record.ts';
import { isHealthy } from './task-condition.ts';

/** Link-local addresses, as the proxy beside each task takes some: no VPC has them. */
const FIRST_BLOCK = 172;
const BLOCK_SIZE = 254;

interface Alias {
  service: Service;
  dnsName: string;
  /** What clients connect to. */
  port: number;
  /** What the tasks listen on. */
  containerPort: number;
}

export class ServiceConnect implements Disposable {
  readonly #context: AwsContext;
  readonly #running = new DisposableStack();
  /** Addresses by namespace and name, and back. They stay as long as the endpoint runs. */
  readonly #addresses = new Map<string, string>();
  readonly #names = new Map<string, { scope: string; dnsName: string }>();
  #turn = 0;

  constructor(context: AwsContext) {
    this.#context = context;
    const { network } = context.runtime;
    this.#running.use(network.addNameService({ resolve: (name, from) => this.#resolve(name.replace(/\.$/, ''), from) }));
    this.#running.use(
      network.addRouter({
        route: ({ address, port }) => {
          const named = this.#names.get(address);
          return named && (this.#target(named, port) ?? 'refuse');
        },
      }),
    );
  }

  [Symbol.dispose](): void {
    this.#running.dispose();
  }

  #resolve(name: string, from: string): readonly string[] | undefined {
    const services = this.#connected();
    if (services.length === 0) {
      return undefined;
    }
    const client = services.find(({ service }) => tasksOfService(this.#context, service).some((task) => addressOf(task) === from));
    const task = client && tasksOfService(this.#context, client.service).find((one) => addressOf(one) === from);
    if (!client || !task) {
      return undefined;
    }
    // A task knows the endpoints that were there when it was started; later ones need a new deployment.
    const isKnown = services.some(
      ({ service, scope }) =>
        scope === client.scope &&
        (service.createdAt ?? 0) <= (task.createdAt ?? 0) &&
        this.#aliasesOf(service).some((alias) => alias.dnsName === name),
    );
    return isKnown ? [this.#addressFor(client.scope, name)] : undefined;
  }

  /** A running task of the service behind a name, or none. */
  #target(named: { scope: string; dnsName: string }, port: number): { to: { address: string; port: number } } | undefined {
    for (const { service, scope } of this.#connected()) {
      const alias =
        scope === named.scope ? this.#aliasesOf(service).find((one) => one.dnsName === named.dnsName && one.port === port) : undefined;
      const tasks = alias ? this.#serving(service) : [];
      const task = tasks[this.#turn++ % Math.max(1, tasks.length)];
      const address = task && addressOf(task);
      if (alias && address !== undefined) {
        return { to: { address, port: alias.containerPort } };
      }
    }
    return undefined;
  }

  /** Tasks that production traffic goes to: in a staged deployment old and new ones by their share. */
  #serving(service: Service): Task[] {
    const healthy = tasksOfService(this.#context, service).filter(isHealthy);
    const { rollout } = service.memory ?? {};
    if (!rollout) {
      return healthy;
    }
    const isNew = this.#turn % 100 < rollout.weight;
    const chosen = healthy.filter((task) => task.startedBy === (isNew ? rollout.deploymentId : rollout.sourceId));
    return chosen.length > 0 ? chosen : healthy;
  }

  #connected(): { service: Service; scope: string }[] {
    const { services, clusters } = ecsTables(this.#context.tables);
    return services.list().flatMap((service) => {
      const configuration = primaryOf(service)?.serviceConnectConfiguration;
      if (service.status !== 'ACTIVE' || !configuration?.enabled) {
        return [];
      }
      const place = scopeOf(service.serviceArn ?? '');
      const cluster = clusters.get(scopeKey(place, idOf(service.clusterArn ?? '')));
      const namespace = configuration.namespace ?? cluster?.serviceConnectDefaults?.namespace;
      return namespace === undefined ? [] : [{ service, scope: scopeKey(place, idOf(namespace)) }];
    });
  }

  #aliasesOf(service: Service): Alias[] {
    const configuration = primaryOf(service)?.serviceConnectConfiguration;
    const [family = '', revision = ''] = idOf(service.taskDefinition ?? '').split(':');
    const key = definitionKey(scopeOf(service.serviceArn ?? ''), family, Number(revision));
    const mappings = (ecsTables(this.#context.tables).taskDefinitions.get(key)?.containerDefinitions ?? []).flatMap(
      (container) => container.portMappings ?? [],
    );
    return (configuration?.services ?? []).flatMap(({ portName, discoveryName, clientAliases }) => {
      const containerPort = mappings.find((mapping) => mapping.name === portName)?.containerPort;
      const given = discoveryName ?? portName ?? '';
      const namespace = idOf(configuration?.namespace ?? '');
      return containerPort === undefined
        ? []
        : (clientAliases ?? []).map(({ port = containerPort, dnsName }) => ({
            service,
            dnsName: (dnsName ?? `${given}.${namespace}`).toLowerCase(),
            port,
            containerPort,
          }));
    });
  }

  #addressFor(scope: string, dnsName: string): string {
    const key = `${scope} ${dnsName}`;
    let address = this.#addresses.get(key);
    if (address === undefined) {
      const number = this.#addresses.size;
      address = `169.254.${FIRST_BLOCK + Math.floor(number / BLOCK_SIZE)}.${(number % BLOCK_SIZE) + 1}`;
      this.#addresses.set(key, address);
      this.#names.set(address, { scope, dnsName });
    }
    return address;
  }
}

function addressOf(task: Task): string | undefined {
  return task.lastStatus === 'STOPPED' ? undefined : detailOf(attachmentOf(task), 'privateIPv4Address');
}
