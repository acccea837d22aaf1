// Shell patterns (`*`, `?`, `[…]`), matched in time that grows with the text alone: a learner's pattern must not stall the simulation.

type Token = { kind: 'text'; text: string } | { kind: 'any' } | { kind: 'many' } | { kind: 'class'; matches: RegExp };

/** Steps that one replacement over a long text may take before the rest is left as it is. */
const MAX_STEPS = 5_000_000;
const CACHED_PATTERNS = 500;
const cache = new Map<string, Glob>();

export class Glob {
  readonly #tokens: readonly Token[];
  /** `*`, `?` and classes do not match a slash. */
  readonly #pathname: boolean;

  constructor(pattern: string, pathname = false) {
    this.#tokens = tokensOf(pattern);
    this.#pathname = pathname;
  }

  /** The pattern compiled, from a cache of the ones in use. */
  static of(pattern: string, pathname = false): Glob {
    const key = `${pathname ? '/' : ''}${pattern}`;
    let glob = cache.get(key);
    if (!glob) {
      if (cache.size >= CACHED_PATTERNS) {
        cache.clear();
      }
      glob = new Glob(pattern, pathname);
      cache.set(key, glob);
    }
    return glob;
  }

  /** Whether the whole text matches. */
  matches(text: string): boolean {
    return this.#lengths(text, 0, 1).has(text.length);
  }

  /** Length of the shortest or longest beginning of `text`, from `start`, that matches; undefined when none does. */
  prefix(text: string, longest: boolean, start = 0): number | undefined {
    return pick(this.#lengths(text, start, 1), longest);
  }

  /** Length of the shortest or longest end of `text` that matches. */
  suffix(text: string, longest: boolean): number | undefined {
    return pick(this.#lengths(text, text.length - 1, -1), longest);
  }

  /** Replaces the first match, or all of them; each is as long as can be. */
  replace(text: string, replacement: string, options: { all: boolean; anchor: 'start' | 'end' | null }): string {
    if (options.anchor !== null) {
      const length = options.anchor === 'start' ? this.prefix(text, true) : this.suffix(text, true);
      return length === undefined
        ? text
        : options.anchor === 'start'
          ? replacement + text.slice(length)
          : text.slice(0, text.length - length) + replacement;
    }
    let result = '';
    let at = 0;
    let steps = 0;
    while (at < text.length && steps < MAX_STEPS) {
      const length = this.prefix(text, true, at) ?? 0;
      steps += Math.max(1, text.length - at);
      result += length > 0 ? replacement : text[at];
      at += Math.max(1, length);
      if (length > 0 && !options.all) {
        break;
      }
    }
    return result + text.slice(at);
  }

  /** All lengths that match from a place on, in one direction: every state of the pattern is followed at once. */
  #lengths(text: string, start: number, direction: 1 | -1): Set<number> {
    const tokens = direction === 1 ? this.#tokens : this.#tokens.toReversed();
    const found = new Set<number>();
    let states = this.#skipMany(tokens, new Set([0]));
    for (let length = 0; states.size > 0; length += 1) {
      if (states.has(tokens.length)) {
        found.add(length);
      }
      const at = start + length * direction;
      const character = at >= 0 && at < text.length ? (text[at] as string) : undefined;
      if (character === undefined) {
        break;
      }
      const next = new Set<number>();
      for (const state of states) {
        const token = tokens[state];
        if (token && this.#takes(token, character)) {
          next.add(token.kind === 'many' ? state : state + 1);
        }
      }
      states = this.#skipMany(tokens, next);
    }
    return found;
  }

  #takes(token: Token, character: string): boolean {
    if (token.kind === 'text') {
      return token.text === character;
    }
    if (this.#pathname && character === '/') {
      return false;
    }
    return token.kind === 'class' ? token.matches.test(character) : true;
  }

  /** `*` may match nothing: the state behind it is reached as well. */
  #skipMany(tokens: readonly Token[], states: Set<number>): Set<number> {
    for (const state of states) {
      if (tokens[state]?.kind === 'many') {
        states.add(state + 1);
      }
    }
    return states;
  }
}

/** Whether `text` matches. With `pathname`, the default, `*` and `?` do not cross a slash. */
export function matchesGlob(pattern: string, text: string, options: { pathname?: boolean } = { pathname: true }): boolean {
  return Glob.of(pattern, options.pathname ?? false).matches(text);
}

function pick(lengths: ReadonlySet<number>, longest: boolean): number | undefined {
  return lengths.size === 0 ? undefined : longest ? Math.max(...lengths) : Math.min(...lengths);
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  cntrl: '\\x00-\\x1f\\x7f',
  print: '\\x20-\\x7e',
  graph: '\\x21-\\x7e',
};

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] as string;
    if (character === '\\' && at + 1 < pattern.length) {
      at += 1;
      tokens.push({ kind: 'text', text: pattern[at] as string });
    } else if (character === '*') {
      if (tokens.at(-1)?.kind !== 'many') {
        tokens.push({ kind: 'many' });
      }
    } else if (character === '?') {
      tokens.push({ kind: 'any' });
    } else {
      const end = character === '[' ? classEnd(pattern, at) : -1;
      const matches = end < 0 ? undefined : classOf(pattern.slice(at + 1, end));
      tokens.push(matches ? { kind: 'class', matches } : { kind: 'text', text: character });
      at = matches ? end : at;
    }
  }
  return tokens;
}

function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === '!' || pattern[at] === '^') {
    at += 1;
  }
  if (pattern[at] === ']') {
    at += 1;
  }
  while (at < pattern.length && pattern[at] !== ']') {
    at = pattern.startsWith('[:', at) && pattern.includes(':]', at) ? pattern.indexOf(':]', at) + 2 : at + 1;
  }
  return at < pattern.length ? at : -1;
}

/** A bracket expression for one character; undefined when it is none (`[z-a]`), and then stands for itself. */
function classOf(inner: string): RegExp | undefined {
  const negated = inner.startsWith('!') || inner.startsWith('^');
  const body = (negated ? inner.slice(1) : inner)
    .split(/(\[:\w+:\])/)
    .map((part) => CLASSES[/^\[:(\w+):\]$/.exec(part)?.[1] ?? ''] ?? part.replace(/[\\\]^[]/g, '\\$&'))
    .join('');
  try {
    return new RegExp(`^[${negated ? '^' : ''}${body}]$`, 's');
  } catch {
    return undefined;
  }
}
