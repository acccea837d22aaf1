// Shell variables: scalars and arrays, exported and read-only, with the scopes that `local` makes.

export interface Variable {
  value: string | ReadonlyMap<string, string>;
  /** For arrays: whether the keys are words instead of numbers. */
  associative?: boolean;
  exported: boolean;
  readOnly: boolean;
}

/** An assignment to a read-only variable. */
export class ReadOnlyVariable extends Error {
  constructor(name: string) {
    super(name);
    this.name = 'ReadOnlyVariable';
  }
}

export class Variables {
  #values: Map<string, Variable>;
  /** What `local` hid, innermost last. Undefined: the variable did not exist. */
  readonly #scopes: Map<string, Variable | undefined>[] = [];

  constructor(values: Map<string, Variable> = new Map()) {
    this.#values = values;
  }

  static fromEnvironment(env: ReadonlyMap<string, string>): Variables {
    return new Variables(new Map([...env].map(([name, value]) => [name, { value, exported: true, readOnly: false }])));
  }

  /** A copy for a subshell. */
  clone(): Variables {
    return new Variables(new Map(this.#values));
  }

  find(name: string): Variable | undefined {
    return this.#values.get(name);
  }

  /** The scalar value; for an array its element 0. */
  get(name: string): string | undefined {
    const variable = this.#values.get(name);
    return typeof variable?.value === 'string' ? variable.value : variable?.value.get('0');
  }

  set(name: string, value: string): void {
    const existing = this.#values.get(name);
    this.#refuseReadOnly(name, existing);
    if (existing && typeof existing.value !== 'string') {
      this.#values.set(name, { ...existing, value: new Map(existing.value).set('0', value) });
      return;
    }
    this.#values.set(name, { exported: false, readOnly: false, ...existing, value });
  }

  setElement(name: string, key: string, value: string): void {
    const existing = this.#values.get(name);
    this.#refuseReadOnly(name, existing);
    const elements = new Map(existing === undefined ? [] : typeof existing.value === 'string' ? [['0', existing.value]] : existing.value);
    elements.set(key, value);
    this.#values.set(name, { exported: false, readOnly: false, ...existing, value: elements });
  }

  setArray(name: string, elements: ReadonlyMap<string, string>, associative = false): void {
    const existing = this.#values.get(name);
    this.#refuseReadOnly(name, existing);
    this.#values.set(name, {
      exported: false,
      readOnly: false,
      ...existing,
      associative: associative || existing?.associative === true,
      value: elements,
    });
  }

  unset(name: string, key?: string): void {
    const existing = this.#values.get(name);
    this.#refuseReadOnly(name, existing);
    if (key !== undefined && existing && typeof existing.value !== 'string') {
      const elements = new Map(existing.value);
      elements.delete(key);
      this.#values.set(name, { ...existing, value: elements });
      return;
    }
    this.#values.delete(name);
  }

  mark(name: string, attributes: { exported?: boolean; readOnly?: boolean }): void {
    const existing = this.#values.get(name);
    this.#values.set(name, { value: '', exported: false, readOnly: false, ...existing, ...attributes });
  }

  names(): string[] {
    return [...this.#values.keys()].sort();
  }

  /** What a child process gets. */
  environment(): Map<string, string> {
    const env = new Map<string, string>();
    for (const [name, variable] of this.#values) {
      if (variable.exported && typeof variable.value === 'string') {
        env.set(name, variable.value);
      }
    }
    return env;
  }

  enterScope(): void {
    this.#scopes.push(new Map());
  }

  leaveScope(): void {
    for (const [name, hidden] of this.#scopes.pop() ?? []) {
      if (hidden) {
        this.#values.set(name, hidden);
      } else {
        this.#values.delete(name);
      }
    }
  }

  /** Makes a variable local to the current function; false outside of one. */
  makeLocal(name: string): boolean {
    const scope = this.#scopes.at(-1);
    if (!scope) {
      return false;
    }
    if (!scope.has(name)) {
      const hidden = this.#values.get(name);
      scope.set(name, hidden);
      if (hidden) {
        this.#values.set(name, { ...hidden, readOnly: false });
      }
    }
    return true;
  }

  /** Runs with variables that last only as long (`NAME=value command`). */
  snapshot(names: readonly string[]): () => void {
    const before = names.map((name): [string, Variable | undefined] => [name, this.#values.get(name)]);
    return () => {
      for (const [name, variable] of before) {
        if (variable) {
          this.#values.set(name, variable);
        } else {
          this.#values.delete(name);
        }
      }
    };
  }

  #refuseReadOnly(name: string, variable: Variable | undefined): void {
    if (variable?.readOnly) {
      throw new ReadOnlyVariable(name);
    }
  }
}
