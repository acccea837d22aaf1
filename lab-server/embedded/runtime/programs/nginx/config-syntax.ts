// The syntax of nginx.conf: directives, blocks, quoting and includes, with nginx's own error messages.

export interface Directive {
  name: string;
  args: readonly string[];
  /** The directives of a block; undefined for a simple directive. */
  block: readonly Directive[] | undefined;
  file: string;
  line: number;
}

/** What `nginx -t` prints after `nginx: [emerg] `. */
export class ConfigError extends Error {
  constructor(problem: string, at?: { file: string; line: number }) {
    super(at ? `${problem} in ${at.file}:${at.line}` : problem);
    this.name = 'ConfigError';
  }
}

interface Token {
  kind: 'word' | '{' | '}' | ';';
  text: string;
  line: number;
}

export function parseConfig(text: string, file: string): Directive[] {
  const tokens = tokenize(text, file);
  let position = 0;
  const parseBlock = (depth: number): Directive[] => {
    const directives: Directive[] = [];
    for (;;) {
      const token = tokens[position];
      if (!token) {
        if (depth > 0) {
          throw new ConfigError('unexpected end of file, expecting "}"', { file, line: lastLine(text) });
        }
        return directives;
      }
      position += 1;
      if (token.kind === '}') {
        if (depth === 0) {
          throw new ConfigError('unexpected "}"', { file, line: token.line });
        }
        return directives;
      }
      if (token.kind !== 'word') {
        throw new ConfigError(`unexpected "${token.kind}"`, { file, line: token.line });
      }
      directives.push(parseDirective(token, depth));
    }
  };
  const parseDirective = (name: Token, depth: number): Directive => {
    const args: string[] = [];
    for (;;) {
      const token = tokens[position];
      position += 1;
      if (!token) {
        throw new ConfigError('unexpected end of file, expecting ";" or "}"', { file, line: lastLine(text) });
      }
      if (token.kind === 'word') {
        args.push(token.text);
      } else if (token.kind === ';') {
        return { name: name.text, args, block: undefined, file, line: name.line };
      } else if (token.kind === '{') {
        return { name: name.text, args, block: parseBlock(depth + 1), file, line: name.line };
      } else {
        throw new ConfigError('unexpected "}"', { file, line: token.line });
      }
    }
  };
  return parseBlock(0);
}

function tokenize(text: string, file: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    if (character === '\n') {
      line += 1;
      at += 1;
    } else if (/\s/.test(character)) {
      at += 1;
    } else if (character === '#') {
      while (at < text.length && text[at] !== '\n') {
        at += 1;
      }
    } else if (character === '{' || character === '}' || character === ';') {
      tokens.push({ kind: character, text: character, line });
      at += 1;
    } else if (character === '"' || character === "'") {
      const start = line;
      let word = '';
      at += 1;
      while (at < text.length && text[at] !== character) {
        if (text[at] === '\\' && at + 1 < text.length) {
          word += unescape(text[at + 1] as string);
          at += 2;
          continue;
        }
        if (text[at] === '\n') {
          line += 1;
        }
        word += text[at];
        at += 1;
      }
      if (at >= text.length) {
        throw new ConfigError('unexpected end of file, expecting ";" or "}"', { file, line });
      }
      at += 1;
      tokens.push({ kind: 'word', text: word, line: start });
    } else {
      let word = '';
      while (at < text.length && !/[\s;{}]/.test(text[at] as string)) {
        // `${name}` is a variable, not a block.
        if (text[at] === '$' && text[at + 1] === '{') {
          const end = text.indexOf('}', at);
          const until = end < 0 ? text.length : end + 1;
          word += text.slice(at, until);
          at = until;
          continue;
        }
        if (text[at] === '\\' && at + 1 < text.length) {
          word += text.slice(at, at + 2);
          at += 2;
          continue;
        }
        word += text[at];
        at += 1;
      }
      // A regular expression may hold braces (`\d{3}`): a `{` glued to a word of a regex belongs to it only when quoted, as in nginx.
      tokens.push({ kind: 'word', text: word, line });
    }
  }
  return tokens;
}

function unescape(character: string): string {
  const known: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
  return known[character] ?? (/["'\\]/.test(character) ? character : `\\${character}`);
}

function lastLine(text: string): number {
  return text.split('\n').length;
}
