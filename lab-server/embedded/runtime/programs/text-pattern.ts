// Regular expressions that a learner writes (nginx locations, `[[ =~ ]]`), matched in linear time by RE2.
import type { RE2JS as Re2 } from 're2js';

export interface TextMatch {
  /** The whole match, then the groups. */
  captures: readonly (string | undefined)[];
  named: Readonly<Record<string, string | undefined>>;
}

export interface TextPattern {
  exec(text: string): TextMatch | undefined;
}

/** What RE2 has not, on purpose: these need backtracking, so texts are kept short for them. */
const BACKTRACKING = /\(\?<?[=!]|\\[1-9]/;
const LONGEST_BACKTRACKED = 256;

/** RE2 takes two megabytes, which an idle nginx need not: it is loaded when the first expression is to be compiled. */
let loaded: typeof Re2 | undefined;

/** To be awaited once before patterns are compiled. */
export async function loadTextPatterns(): Promise<void> {
  loaded ??= (await import('re2js')).RE2JS;
}

/** Compiles a pattern in Perl's syntax, after loadTextPatterns. Throws an Error when it is malformed. */
export function compileTextPattern(source: string, ignoreCase: boolean): TextPattern {
  if (BACKTRACKING.test(source)) {
    const expression = new RegExp(source.replaceAll('(?P<', '(?<'), ignoreCase ? 'i' : '');
    return {
      exec(text) {
        const match = text.length > LONGEST_BACKTRACKED ? null : expression.exec(text);
        return match ? { captures: [...match], named: match.groups ?? {} } : undefined;
      },
    };
  }
  if (!loaded) {
    throw new Error('loadTextPatterns must be awaited first');
  }
  const pattern = loaded.compile(source.replaceAll(/\(\?<(?=\w)/g, '(?P<'), ignoreCase ? loaded.CASE_INSENSITIVE : 0);
  const names = Object.keys(pattern.namedGroups());
  return {
    exec(text) {
      const matcher = pattern.matcher(text);
      if (!matcher.find()) {
        return undefined;
      }
      const captures = Array.from({ length: pattern.groupCount() + 1 }, (_value, index) => matcher.group(index) ?? undefined);
      return { captures, named: Object.fromEntries(names.map((name) => [name, matcher.group(name) ?? undefined])) };
    },
  };
}
