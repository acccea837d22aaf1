// What a Redis server holds: keys with values of five types, and when they expire.

export type Value =
  | { type: 'string'; text: string }
  | { type: 'hash'; fields: Map<string, string> }
  | { type: 'list'; items: string[] }
  | { type: 'set'; members: Set<string> }
  | { type: 'zset'; scores: Map<string, number> };

export class WrongType extends Error {}

type OfType<T extends Value['type']> = Extract<Value, { type: T }>;

interface Entry {
  value: Value;
  expiresAt: number | undefined;
}

export class Database {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  /** Writes since the last save. */
  changes = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.keys().length;
  }

  keys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.#live(key) !== undefined);
  }

  get(key: string): Value | undefined {
    return this.#live(key)?.value;
  }

  /** The value when it is of this type. Throws WrongType when it is of another. */
  find<T extends Value['type']>(key: string, type: T): OfType<T> | undefined {
    const value = this.get(key);
    if (value && value.type !== type) {
      throw new WrongType('Operation against a key holding the wrong kind of value');
    }
    return value as OfType<T> | undefined;
  }

  /** The value of this type, made when it is missing. */
  open<T extends Value['type']>(key: string, empty: OfType<T>): OfType<T> {
    const found = this.find(key, empty.type as T);
    this.changes += 1;
    if (found) {
      return found;
    }
    this.#entries.set(key, { value: empty, expiresAt: undefined });
    return empty;
  }

  set(key: string, value: Value, expiresAt?: number): void {
    this.changes += 1;
    this.#entries.set(key, { value, expiresAt });
  }

  delete(key: string): boolean {
    const existed = this.#live(key) !== undefined;
    this.changes += existed ? 1 : 0;
    this.#entries.delete(key);
    return existed;
  }

  /** Removes a key whose collection became empty. */
  prune(key: string): void {
    const value = this.get(key);
    const size =
      value?.type === 'hash'
        ? value.fields.size
        : value?.type === 'list'
          ? value.items.length
          : value?.type === 'set'
            ? value.members.size
            : value?.type === 'zset'
              ? value.scores.size
              : 1;
    if (size === 0) {
      this.#entries.delete(key);
    }
  }

  expiryOf(key: string): number | undefined {
    return this.#live(key)?.expiresAt;
  }

  expire(key: string, at: number | undefined): boolean {
    const entry = this.#live(key);
    if (!entry) {
      return false;
    }
    this.changes += 1;
    entry.expiresAt = at;
    return true;
  }

  clear(): void {
    this.changes += 1;
    this.#entries.clear();
  }

  dump(): unknown {
    return this.keys().map((key) => {
      const { value, expiresAt } = this.#live(key) as Entry;
      const content =
        value.type === 'string'
          ? value.text
          : value.type === 'hash'
            ? [...value.fields]
            : value.type === 'list'
              ? value.items
              : value.type === 'set'
                ? [...value.members]
                : [...value.scores];
      return [key, value.type, content, expiresAt ?? null];
    });
  }

  load(dump: unknown): void {
    for (const [key, type, content, expiresAt] of dump as [string, Value['type'], never, number | null][]) {
      const values: Record<Value['type'], () => Value> = {
        string: () => ({ type: 'string', text: content }),
        hash: () => ({ type: 'hash', fields: new Map<string, string>(content) }),
        list: () => ({ type: 'list', items: [...(content as string[])] }),
        set: () => ({ type: 'set', members: new Set<string>(content) }),
        zset: () => ({ type: 'zset', scores: new Map<string, number>(content) }),
      };
      this.#entries.set(key, { value: values[type](), expiresAt: expiresAt ?? undefined });
    }
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry?.expiresAt !== undefined && entry.expiresAt <= this.#now()) {
      this.#entries.delete(key);
      return undefined;
    }
    return entry;
  }
}
