// Parses command lines in the getopt style: clusters of letters, letters with values, long options, `--`.

export interface OptionTable {
  /** Letters without a value. */
  flags?: string;
  /** Letters with a value. */
  values?: string;
  /** Long options as the letters they stand for; or a name of their own, which ends in `=` when it takes a value. */
  long?: Readonly<Record<string, string>>;
  /** Operands end the options, as for commands that run another command. */
  stopAtOperand?: boolean;
}

export class OptionProblem extends Error {}

export class Options {
  readonly #flags = new Map<string, number>();
  readonly #values = new Map<string, string[]>();
  readonly operands: string[] = [];

  constructor(args: readonly string[], table: OptionTable) {
    let at = 0;
    for (; at < args.length; at += 1) {
      const word = args[at] as string;
      if (word === '--') {
        this.operands.push(...args.slice(at + 1));
        return;
      }
      if (word.startsWith('--')) {
        at += this.#long(word, args[at + 1], table);
      } else if (/^-./.test(word)) {
        at += this.#cluster(word, args[at + 1], table);
      } else if (table.stopAtOperand) {
        this.operands.push(...args.slice(at));
        return;
      } else {
        this.operands.push(word);
      }
    }
  }

  has(letter: string): boolean {
    return this.#flags.has(letter) || this.#values.has(letter);
  }

  count(letter: string): number {
    return this.#flags.get(letter) ?? 0;
  }

  value(letter: string): string | undefined {
    return this.#values.get(letter)?.at(-1);
  }

  all(letter: string): readonly string[] {
    return this.#values.get(letter) ?? [];
  }

  #long(word: string, next: string | undefined, table: OptionTable): number {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const meaning = table.long?.[name];
    if (meaning === undefined) {
      throw new OptionProblem(`unrecognized option '${word}'`);
    }
    const letter = meaning.replace(/=$/, '');
    const takesValue = letter.length > 1 ? meaning.endsWith('=') : (table.values ?? '').includes(letter);
    if (!takesValue) {
      this.#flag(letter);
      return 0;
    }
    const value = equals < 0 ? next : word.slice(equals + 1);
    if (value === undefined) {
      throw new OptionProblem(`option '--${name}' requires an argument`);
    }
    this.#value(letter, value);
    return equals < 0 ? 1 : 0;
  }

  #cluster(word: string, next: string | undefined, table: OptionTable): number {
    for (let index = 1; index < word.length; index += 1) {
      const letter = word[index] as string;
      if ((table.flags ?? '').includes(letter)) {
        this.#flag(letter);
        continue;
      }
      if (!(table.values ?? '').includes(letter)) {
        throw new OptionProblem(`invalid option -- '${letter}'`);
      }
      const rest = word.slice(index + 1);
      const value = rest === '' ? next : rest;
      if (value === undefined) {
        throw new OptionProblem(`option requires an argument -- '${letter}'`);
      }
      this.#value(letter, value);
      return rest === '' ? 1 : 0;
    }
    return 0;
  }

  #flag(letter: string): void {
    this.#flags.set(letter, (this.#flags.get(letter) ?? 0) + 1);
  }

  #value(letter: string, value: string): void {
    this.#values.set(letter, [...(this.#values.get(letter) ?? []), value]);
  }
}
