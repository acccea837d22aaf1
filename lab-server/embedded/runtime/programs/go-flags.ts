// Command lines as Go's flag package and pflag read them: `-name value`, `-name=value`, `--name`.

export interface GoFlags {
  has(name: string): boolean;
  value(name: string): string | undefined;
  all(name: string): readonly string[];
  operands: readonly string[];
  /** What the flag package says of a wrong line. */
  problem: string | undefined;
}

export function goFlags(args: readonly string[], known: Readonly<Record<string, 'flag' | 'value'>>): GoFlags {
  const found = new Map<string, string[]>();
  let operands: string[] = [];
  let problem: string | undefined;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as string;
    if (word === '--') {
      operands = args.slice(at + 1);
      break;
    }
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word);
    if (!match?.[1]) {
      operands.push(word);
      continue;
    }
    const [, name, given] = match;
    const kind = known[name];
    if (kind === undefined) {
      problem ??= `flag provided but not defined: -${name}`;
      continue;
    }
    const value = given ?? (kind === 'flag' ? 'true' : args[(at += 1)]);
    if (value === undefined) {
      problem ??= `flag needs an argument: -${name}`;
      continue;
    }
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return {
    has: (name) => found.get(name)?.at(-1) === 'true' || (known[name] === 'value' && found.has(name)),
    value: (name) => found.get(name)?.at(-1),
    all: (name) => found.get(name) ?? [],
    operands,
    problem,
  };
}
