// Word expansion in the order POSIX gives: braces, tilde, parameters, commands and arithmetic, splitting, path names, quotes.
import { joinPath, resolvePath } from '../files/paths.ts';
import { Glob } from '../programs/glob.ts';
import { expandBraces } from './braces.ts';
import { evaluateArithmetic } from './arithmetic.ts';
import { expandParameter } from './parameters.ts';
import { ExpansionProblem, type ExpansionHost, type Segment } from './expansion-host.ts';
import type { ShellState } from './state.ts';
import type { WordNode, WordPart } from './syntax.ts';
import { accountsOf } from '../containers/users.ts';

/** Names that one path name expansion may look at before it gives up. */
const MAX_GLOB_ENTRIES = 100_000;

/** All words of a command, as the arguments they become. */
export async function expandWords(host: ExpansionHost, words: readonly WordNode[]): Promise<string[]> {
  const fields: string[] = [];
  for (const word of words) {
    for (const braced of host.state.dialect.kind === 'bash' ? expandBraces(word) : [word]) {
      for (const field of splitFields(await expandParts(host, braced.parts, false), host.state)) {
        fields.push(...(await expandPath(host.state, field)));
      }
    }
  }
  return fields;
}

/** A word where no splitting happens: assignments, redirections, `case`. */
export async function expandText(host: ExpansionHost, word: WordNode): Promise<string> {
  const segments = await expandParts(host, word.parts, false);
  return segments.map((segment) => (segment.kind === 'break' ? ' ' : segment.kind === 'nothing' ? '' : segment.text)).join('');
}

/** A word as a pattern: what was quoted stands for itself. */
export async function expandPattern(host: ExpansionHost, word: WordNode): Promise<string> {
  const segments = await expandParts(host, word.parts, false);
  return segments.map((segment) => ('text' in segment ? patternOf(segment) : segment.kind === 'break' ? ' ' : '')).join('');
}

/** A word as a regular expression for `[[ =~ ]]`: what was quoted stands for itself. */
export async function expandRegExp(host: ExpansionHost, word: WordNode): Promise<string> {
  const segments = await expandParts(host, word.parts, false);
  return segments
    .map((segment) =>
      'text' in segment ? (segment.kind === 'quoted' ? segment.text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : segment.text) : '',
    )
    .join('');
}

export async function expandParts(host: ExpansionHost, parts: readonly WordPart[], quoted: boolean): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const part of parts) {
    segments.push(...(await expandPart(host, part, quoted)));
  }
  return segments;
}

async function expandPart(host: ExpansionHost, part: WordPart, quoted: boolean): Promise<Segment[]> {
  const expanded = quoted ? 'quoted' : 'expanded';
  switch (part.type) {
    case 'Literal':
      return [{ kind: quoted ? 'quoted' : 'literal', text: part.value }];
    case 'SingleQuoted':
    case 'Escaped':
      return [{ kind: 'quoted', text: part.value }];
    case 'DoubleQuoted': {
      const inner = await expandParts(host, part.parts, true);
      return inner.length === 0 ? [{ kind: 'quoted', text: '' }] : inner;
    }
    case 'ParameterExpansion':
      return expandParameter(host, part, quoted);
    case 'CommandSubstitution':
      return [{ kind: expanded, text: await host.substitute(part.body) }];
    case 'ArithmeticExpansion': {
      const text = part.expression.originalText ?? '';
      return [{ kind: expanded, text: String(await evaluateArithmetic(host, text)) }];
    }
    case 'ProcessSubstitution':
      return [{ kind: 'quoted', text: await host.substituteProcess(part.body, part.direction) }];
    case 'TildeExpansion':
      return [{ kind: 'quoted', text: await expandTilde(host.state, part.user) }];
    case 'Glob':
      return [{ kind: quoted ? 'quoted' : 'glob', text: part.pattern }];
    case 'BraceExpansion':
      return [{ kind: 'literal', text: await braceText(host, part) }];
  }
}

/** A brace expansion where there is none (dash, assignments): its own text again. */
async function braceText(host: ExpansionHost, part: Extract<WordPart, { type: 'BraceExpansion' }>): Promise<string> {
  const items: string[] = [];
  for (const item of part.items) {
    items.push(
      item.type === 'Word'
        ? await expandText(host, item.word)
        : `${item.startStr ?? item.start}..${item.endStr ?? item.end}${item.step === undefined ? '' : `..${item.step}`}`,
    );
  }
  return `{${items.join(',')}}`;
}

async function expandTilde(state: ShellState, user: string | null): Promise<string> {
  if (user === null) {
    return state.variables.get('HOME') ?? '/root';
  }
  if (user === '+') {
    return state.process.cwd;
  }
  if (user === '-') {
    return state.previousDirectory ?? '~-';
  }
  const account = (await accountsOf(state.process.machine.files)).find((candidate) => candidate.name === user);
  return account?.home ?? `~${user}`;
}

interface Field {
  text: string;
  pattern: string;
  hasGlob: boolean;
}

/** Splits unquoted expansions at IFS. White space in IFS joins, other characters separate even empty fields. */
function splitFields(segments: readonly Segment[], state: ShellState): Field[] {
  const ifs = state.variables.get('IFS') ?? ' \t\n';
  const fields: Field[] = [];
  let current: Field | undefined;
  const open = (): Field => (current ??= { text: '', pattern: '', hasGlob: false });
  const close = (): void => {
    if (current) {
      fields.push(current);
      current = undefined;
    }
  };
  for (const segment of segments) {
    switch (segment.kind) {
      case 'break':
        close();
        break;
      case 'nothing':
        break;
      case 'literal':
      case 'quoted':
      case 'glob': {
        const field = open();
        field.text += segment.text;
        field.pattern += patternOf(segment);
        field.hasGlob ||= segment.kind === 'glob';
        break;
      }
      case 'expanded': {
        let afterSeparator = false;
        for (const character of segment.text) {
          if (!ifs.includes(character)) {
            const field = open();
            field.text += character;
            field.pattern += character;
            field.hasGlob ||= character === '*' || character === '?' || character === '[';
            afterSeparator = false;
          } else if (/\s/.test(character)) {
            close();
          } else {
            if (!current && (fields.length === 0 || afterSeparator)) {
              open();
            }
            close();
            afterSeparator = true;
          }
        }
        break;
      }
    }
  }
  close();
  return fields;
}

function patternOf(segment: Extract<Segment, { text: string }>): string {
  return segment.kind === 'quoted' || segment.kind === 'literal' ? segment.text.replace(/[\\*?[\]]/g, '\\$&') : segment.text;
}

async function expandPath(state: ShellState, field: Field): Promise<string[]> {
  if (!field.hasGlob || state.options.noglob) {
    return [field.text];
  }
  const found = await matchPaths(state, field.pattern);
  if (found.length > 0) {
    return found;
  }
  return state.shopt.has('nullglob') ? [] : [field.text];
}

/** Paths that match a pattern, sorted. Names that begin with a dot must be asked for. */
export async function matchPaths(state: ShellState, pattern: string): Promise<string[]> {
  const { files } = state.process.machine;
  const absolute = pattern.startsWith('/');
  const parts = pattern.split('/').filter((part) => part !== '');
  let looked = 0;
  let found = [{ shown: absolute ? '/' : '', path: absolute ? '/' : state.process.cwd }];
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const next: typeof found = [];
    if (!/(^|[^\\])[*?[]/.test(part)) {
      const name = part.replace(/\\(.)/g, '$1');
      for (const place of found) {
        const path = resolvePath(place.path, name);
        if (await files.exists(path)) {
          next.push({ shown: append(place.shown, name), path });
        }
      }
      found = next;
      continue;
    }
    const glob = Glob.of(part, true);
    for (const place of found) {
      const names = await files.readdir(place.path).catch(() => []);
      looked += names.length;
      if (looked > MAX_GLOB_ENTRIES) {
        throw new ExpansionProblem('argument list too long');
      }
      for (const name of names) {
        if ((name.startsWith('.') && !part.startsWith('.')) || !glob.matches(name)) {
          continue;
        }
        const path = joinPath(place.path, name);
        if (isLast || (await files.stat(path).catch(() => undefined))?.isDirectory) {
          next.push({ shown: append(place.shown, name), path });
        }
      }
    }
    found = next;
  }
  const shown = found.map((place) => place.shown + (pattern.endsWith('/') ? '/' : ''));
  return shown.sort();
}

function append(shown: string, name: string): string {
  return shown === '' || shown.endsWith('/') ? `${shown}${name}` : `${shown}/${name}`;
}
