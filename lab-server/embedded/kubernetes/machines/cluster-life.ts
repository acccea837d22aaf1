// Whether the cluster as a whole is up, switched off, or gone: what `minikube start`, `stop` and `delete` change. Kept in the store, so that a
// server that starts again leaves it as it was.
import type { ApiCore } from '../api/core.ts';
import type { KubernetesObject, Service } from '../types.ts';

const TABLE = '$power';
const KEY = 'cluster';

export type ClusterPower = 'running' | 'stopped' | 'absent';

export interface Beginning {
  /** Machines were off: what ran on them is restarted. */
  rebooted: boolean;
  /** Nodes, where there are none yet. */
  nodes: number;
}

export interface ClusterLifeOptions {
  core: ApiCore;
  /** Starts nodes, controllers and scheduler; disposing the result stops them. */
  begin(beginning: Beginning): Disposable;
  /** Told after each change. */
  changed(power: ClusterPower): void;
  /** Forgets the disks of all machines. */
  eraseDisks(): void;
}

export class ClusterLife implements Disposable {
  readonly #options: ClusterLifeOptions;
  #running: Disposable | undefined;

  /** Goes on as the store says: a new cluster runs. */
  constructor(options: ClusterLifeOptions, nodes: number) {
    this.#options = options;
    if (this.power === 'running') {
      this.#running = options.begin({ rebooted: false, nodes });
    }
  }

  get power(): ClusterPower {
    const record = this.#options.core.store.table(TABLE).get(KEY)?.object as unknown as { power: ClusterPower } | undefined;
    return record?.power ?? 'running';
  }

  /** Makes the cluster, with so many nodes, when there is none. */
  start(nodes: number): void {
    if (!this.#running) {
      this.#running = this.#options.begin({ rebooted: true, nodes });
      this.#set('running');
    }
  }

  stop(): void {
    if (this.power === 'running') {
      this.#halt();
      this.#set('stopped');
    }
  }

  /** Removes everything that was ever made in the cluster. Its keys stay, so that a new one is reached as the old one was. */
  delete(): void {
    this.#halt();
    this.#set('absent');
    const { store, addresses, ports } = this.#options.core;
    for (const { object } of store.table('services').list()) {
      const { clusterIPs, ports: own } = (object as Service).spec ?? {};
      clusterIPs?.filter((address) => address !== 'None').forEach((address) => addresses.release(address));
      own?.forEach(({ nodePort }) => nodePort && ports.release(nodePort));
    }
    for (const table of store.tables()) {
      if (!table.isInternal) {
        table
          .list()
          .slice()
          .forEach(({ key }) => store.remove(table.resource, key));
      }
    }
    this.#options.eraseDisks();
  }

  [Symbol.dispose](): void {
    this.#halt();
  }

  #halt(): void {
    this.#running?.[Symbol.dispose]();
    this.#running = undefined;
  }

  #set(power: ClusterPower): void {
    const { store } = this.#options.core;
    const record: KubernetesObject & { power: ClusterPower } = {
      apiVersion: '',
      kind: '',
      metadata: { name: KEY, uid: '', creationTimestamp: '' },
      power,
    };
    store.put(TABLE, KEY, record);
    this.#options.changed(power);
  }
}
