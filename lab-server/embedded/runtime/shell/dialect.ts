// How the shells differ: dash (Debian's sh), ash (busybox) and bash, in their messages and habits.

export interface Dialect {
  kind: 'dash' | 'ash' | 'bash';
  /** Whether plain `echo` interprets backslashes. */
  echoInterprets: boolean;
  /** Whether `[[`, arrays and `source` exist. */
  extended: boolean;
}

export const DASH: Dialect = { kind: 'dash', echoInterprets: true, extended: false };
export const ASH: Dialect = { kind: 'ash', echoInterprets: false, extended: true };
export const BASH: Dialect = { kind: 'bash', echoInterprets: false, extended: true };

interface Place {
  /** `$0` of the shell. */
  name: string;
  line: number;
  interactive: boolean;
}

/** A message of the shell itself: `sh: 1: cd: can't cd to /x`. */
export function shellMessage(dialect: Dialect, at: Place, message: string): string {
  switch (dialect.kind) {
    case 'dash':
      return `${at.name}: ${at.line}: ${message}\n`;
    case 'ash':
      return at.interactive ? `${at.name}: ${message}\n` : `${at.name}: ${message}\n`;
    case 'bash':
      return at.interactive ? `${at.name}: ${message}\n` : `${at.name}: line ${at.line}: ${message}\n`;
  }
}

export function commandNotFound(dialect: Dialect, at: Place, command: string): string {
  return shellMessage(dialect, at, dialect.kind === 'bash' ? `${command}: command not found` : `${command}: not found`);
}

/** A command with a slash in it that is missing, or that cannot be executed. */
export function commandFailed(
  dialect: Dialect,
  at: Place,
  command: string,
  problem: 'missing' | 'denied' | 'directory' | 'format',
): string {
  const bash = dialect.kind === 'bash';
  const text = {
    missing: bash ? 'No such file or directory' : 'not found',
    denied: 'Permission denied',
    directory: bash ? 'Is a directory' : 'Permission denied',
    format: bash ? 'cannot execute binary file: Exec format error' : 'Exec format error',
  }[problem];
  return shellMessage(dialect, at, `${command}: ${text}`);
}

/** A redirection that failed. */
export function redirectionFailed(dialect: Dialect, at: Place, path: string, sentence: string, writing: boolean): string {
  switch (dialect.kind) {
    case 'bash':
      return shellMessage(dialect, at, `${path}: ${sentence}`);
    case 'dash':
      return shellMessage(
        dialect,
        at,
        `cannot ${writing ? 'create' : 'open'} ${path}: ${sentence === 'No such file or directory' ? (writing ? 'Directory nonexistent' : 'No such file') : sentence}`,
      );
    case 'ash':
      return shellMessage(
        dialect,
        at,
        `can't ${writing ? 'create' : 'open'} ${path}: ${sentence === 'No such file or directory' ? (writing ? 'nonexistent directory' : 'no such file') : sentence}`,
      );
  }
}

export function syntaxErrorMessage(
  dialect: Dialect,
  at: Place,
  problem: { token: string; incomplete: boolean },
  source: 'command' | 'file',
): string {
  const { token, incomplete } = problem;
  switch (dialect.kind) {
    case 'dash':
      return incomplete
        ? shellMessage(dialect, at, `Syntax error: ${token === '' ? 'end of file unexpected' : 'Unterminated quoted string'}`)
        : shellMessage(dialect, at, `Syntax error: ${token === 'newline' ? 'newline' : `"${token}"`} unexpected`);
    case 'ash':
      return incomplete
        ? shellMessage(dialect, at, token === '' ? 'syntax error: unexpected end of file' : 'syntax error: unterminated quoted string')
        : shellMessage(dialect, at, `syntax error: unexpected ${token === 'newline' ? 'newline' : `"${token}"`}`);
    case 'bash': {
      const place = at.interactive || source === 'file' ? at : { ...at, name: `${at.name}: -c` };
      return incomplete
        ? shellMessage(
            dialect,
            place,
            token === '' ? 'syntax error: unexpected end of file' : `unexpected EOF while looking for matching \`${token}'`,
          )
        : shellMessage(dialect, place, `syntax error near unexpected token \`${token}'`);
    }
  }
}
