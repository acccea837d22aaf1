// What a grader remembers of objects while a learner works, so that a check can promise something about every moment
// ("never fewer than two available") and not only about the last one. It begins when the lab is opened or resumed.
import type { StateChange, StateQuery } from '../sandboxes/sandbox.ts';
import type { Objective } from './exercise.ts';
import { toCel } from './expression.ts';

/** States kept for one query. The oldest go first: an exercise makes dozens, a loop in a shell could make any number. */
const MAX_STATES = 1_000;

export class Memory {
  /** By watch, the queries that it feeds. */
  readonly #fed = new Map<string, StateQuery[]>();
  readonly #states = new Map<string, unknown[]>();

  constructor(objectives: readonly Objective[]) {
    for (const query of objectives.flatMap((objective) => Object.values(objective.history))) {
      const key = JSON.stringify(query);
      if (!this.#states.has(key)) {
        const watch = JSON.stringify(broadened(query));
        this.#fed.set(watch, [...(this.#fed.get(watch) ?? []), query]);
        this.#states.set(key, []);
      }
    }
  }

  /** Takes a change that the watch of `watched` brought. A deletion is no state. */
  note(watched: StateQuery, { type, document }: StateChange): void {
    for (const query of type === 'DELETED' ? [] : (this.#fed.get(JSON.stringify(watched)) ?? [])) {
      const states = this.#states.get(JSON.stringify(query)) ?? [];
      if (!('name' in query) || query.name === undefined || query.name === nameOf(document)) {
        states.push(toCel(document));
        states.splice(0, states.length - MAX_STATES);
      }
    }
  }

  /** The states seen of what `query` names, the oldest first. */
  of(query: StateQuery): readonly unknown[] {
    return this.#states.get(JSON.stringify(query)) ?? [];
  }
}

/** The watch that serves a query: one per kind and namespace, whatever name and labels the query singles out. */
export function broadened(query: StateQuery): StateQuery {
  return query.platform === 'kubernetes'
    ? { platform: 'kubernetes', apiVersion: query.apiVersion, kind: query.kind, namespace: query.namespace }
    : query;
}

function nameOf(document: Record<string, unknown>): unknown {
  const { metadata } = document;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : undefined;
}
