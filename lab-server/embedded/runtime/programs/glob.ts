// Shell patterns (`*`, `?`, `[…]`) against whole strings.

const cache = new Map<string, RegExp>();
/** Patterns are few, but a learner can make them in a loop. */
const CACHE_SIZE = 500;

/** Whether `text` matches. With `pathname`, `*` and `?` do not cross a slash. */
export function matchesGlob(pattern: string, text: string, options: { pathname?: boolean } = { pathname: true }): boolean {
  const key = `${options.pathname ? '/' : ''}${pattern}`;
  let compiled = cache.get(key);
  if (!compiled) {
    if (cache.size >= CACHE_SIZE) {
      cache.clear();
    }
    compiled = new RegExp(`^${globToRegExp(pattern, options.pathname ?? false)}$`, 's');
    cache.set(key, compiled);
  }
  return compiled.test(text);
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

/** The pattern as the source of a regular expression, without anchors. A backslash takes the next character as it is. */
export function globToRegExp(pattern: string, pathname = false, greedy = true): string {
  const any = pathname ? '[^/]' : '.';
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] as string;
    if (character === '\\' && at + 1 < pattern.length) {
      at += 1;
      source += escapeRegExp(pattern[at] as string);
    } else if (character === '*') {
      source += `${any}*${greedy ? '' : '?'}`;
    } else if (character === '?') {
      source += any;
    } else if (character === '[') {
      const end = classEnd(pattern, at);
      if (end < 0) {
        source += '\\[';
      } else {
        source += classSource(pattern.slice(at + 1, end));
        at = end;
      }
    } else {
      source += escapeRegExp(character);
    }
  }
  return source;
}

export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
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
    at = pattern.startsWith('[:', at) ? Math.max(at + 1, pattern.indexOf(':]', at) + 2) : at + 1;
  }
  return at < pattern.length ? at : -1;
}

function classSource(inner: string): string {
  const negated = inner.startsWith('!') || inner.startsWith('^');
  const body = (negated ? inner.slice(1) : inner)
    .split(/(\[:\w+:\])/)
    .map((part) => CLASSES[/^\[:(\w+):\]$/.exec(part)?.[1] ?? ''] ?? part.replace(/[\\\]^[]/g, '\\$&'))
    .join('');
  return `[${negated ? '^' : ''}${body}]`;
}
