// The records of a pod's containers, made as containers turn up in its spec.
import type { Pod } from '../types.ts';
import { type ContainerRecord, newRecord } from './container-record.ts';
import { containersOf } from './pod-containers.ts';
import type { ContainerView } from './status/phase.ts';

export class PodRecords {
  readonly #records = new Map<string, ContainerRecord>();

  constructor(known: readonly ContainerRecord[]) {
    for (const record of known) {
      this.#records.set(record.name, record);
    }
  }

  get(name: string): ContainerRecord | undefined {
    return this.#records.get(name);
  }

  [Symbol.iterator](): IterableIterator<ContainerRecord> {
    return this.#records.values();
  }

  /** Every container of the pod with its record, in the order of the spec. */
  views(pod: Pod): ContainerView[] {
    const initial = (pod.spec?.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
    return containersOf(pod).map((container) => {
      const { name } = container.spec;
      let record = this.#records.get(name);
      if (!record) {
        record = newRecord(name, container.role, container.role === 'ephemeral' ? 'ContainerCreating' : initial);
        this.#records.set(name, record);
      }
      return { container, record };
    });
  }
}
