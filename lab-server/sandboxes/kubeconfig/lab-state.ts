// A lab's state on a cluster that others use as well: what exercises call the namespace default is the lab's own, and nothing of other labs is shown.
import type { PlatformState, StateChange, StateDocument, StateQuery } from '../sandbox.ts';

export class LabState implements PlatformState {
  readonly #state: PlatformState;
  readonly #namespace: string;

  constructor(state: PlatformState, namespace: string) {
    this.#state = state;
    this.#namespace = namespace;
  }

  read(query: StateQuery, signal: AbortSignal): Promise<StateDocument[]> {
    return this.#state.read(this.#own(query), signal);
  }

  changes(query: StateQuery, signal: AbortSignal): AsyncIterable<StateChange> {
    return this.#state.changes(this.#own(query), signal);
  }

  /** All namespaces, and every other one, are the lab's own too. Kinds without a namespace are not touched by it. */
  #own(query: StateQuery): StateQuery {
    return query.platform === 'kubernetes' ? { ...query, namespace: this.#namespace } : query;
  }
}
