// Which nodes somebody has powered off: kept in the store, in a table that no kind has, so that a cluster that starts again leaves them off.
import type { ObjectStore } from './storage/index.ts';
import type { KubernetesObject } from './types.ts';

const TABLE = '$powered-off';

export class NodePower {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  isOff(node: string): boolean {
    return this.#store.table(TABLE).get(node) !== undefined;
  }

  setOff(node: string): void {
    const record: KubernetesObject = { apiVersion: '', kind: '', metadata: { name: node, uid: '', creationTimestamp: '' } };
    this.#store.put(TABLE, node, record);
  }

  setOn(node: string): void {
    if (this.isOff(node)) {
      this.#store.remove(TABLE, node);
    }
  }
}
