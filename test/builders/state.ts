// A sandbox's state that a test sets by hand: reads answer from it, and every change is told to those who watch.
import { AsyncQueue } from '../../lab-server/base/index.ts';
import type { PlatformState, StateChange, StateDocument, StateQuery } from '../../lab-server/sandboxes/sandbox.ts';

interface Named {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [field: string]: unknown;
}

export class StateByHand implements PlatformState {
  readonly #documents = new Map<string, Named>();
  readonly #watchers = new Set<{ query: StateQuery; queue: AsyncQueue<StateChange> }>();
  /** Queries that were read, for tests that count. */
  reads = 0;
  /** Thrown by every read while it is set. */
  failure: Error | undefined;

  set(document: Named): void {
    this.#documents.set(`${document.kind}/${document.metadata.name}`, document);
    for (const { query, queue } of this.#watchers) {
      if (matches(query, document)) {
        queue.push({ type: 'MODIFIED', document });
      }
    }
  }

  get watching(): readonly StateQuery[] {
    return [...this.#watchers].map(({ query }) => query);
  }

  read(query: StateQuery): Promise<StateDocument[]> {
    this.reads += 1;
    if (this.failure) {
      return Promise.reject(this.failure);
    }
    return Promise.resolve([...this.#documents.values()].filter((document) => matches(query, document)));
  }

  async *changes(query: StateQuery, signal: AbortSignal): AsyncGenerator<StateChange> {
    using queue = new AsyncQueue<StateChange>(1000, signal);
    const watcher = { query, queue };
    this.#watchers.add(watcher);
    try {
      yield* queue;
    } finally {
      this.#watchers.delete(watcher);
    }
  }
}

function matches(query: StateQuery, document: Named): boolean {
  return (
    query.platform === 'kubernetes' && query.kind === document.kind && (query.name === undefined || query.name === document.metadata.name)
  );
}
