// Whether a command printed what its lesson shows. What differs from run to run (names that clusters make up, times, addresses) is
// taken out of both; a line with an ellipsis stands for any number of lines.

/** The letters and digits from which Kubernetes makes names up: no vowels, and none that are easily confused. */
const MADE_UP = '[bcdfghjklmnpqrstvwxz2456789]';

const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID'],
  [/\bsha256:[0-9a-f]+/g, 'DIGEST'],
  [/\b[0-9a-f]{32,64}\b/g, 'ID'],
  // Of AWS: users, roles and keys (AIDA…), and what EC2 numbers (subnet-…).
  [/\bA[A-Z]{3}[A-Z2-7]{16,17}\b/g, 'ID'],
  [/\b(?:subnet|sg|vpc|eni|rtb|igw|i)-[0-9a-f]{8,17}\b/g, 'ID'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, 'TIME'],
  [/\b\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/g, 'TIME'],
  [/\b\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:\d\d )?[A-Z][a-z]{2} [\d: ]+\d(?: (?:[+-]\d{4}|UTC|GMT|\d{4}))?/g, 'TIME'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, 'ADDRESS'],
  [/:3\d{4}\b/g, ':PORT'],
  [new RegExp(`-${MADE_UP}{8,10}-${MADE_UP}{5}\\b`, 'g'), '-MADEUP'],
  [new RegExp(`-${MADE_UP}{8,10}\\b`, 'g'), '-MADEUP'],
  [new RegExp(`-${MADE_UP}{5}\\b`, 'g'), '-MADEUP'],
  [/\b(?:<1|\d+)(?:ms|s|m|h|d)(?:\d+(?:s|m|h))?\b|<invalid>/g, 'AGE'],
  [/[ \t]+/g, ' '],
];

/** Undefined where they agree, else what differs: the first line shown that was not printed. */
export function compareOutput(shown: string, printed: string): string | undefined {
  const wanted = linesOf(shown);
  const found = linesOf(printed);
  let at = 0;
  let anywhere = false;
  for (const line of wanted) {
    if (/^(?:…|\.\.\.)$/.test(line)) {
      anywhere = true;
      continue;
    }
    const next = anywhere ? found.indexOf(line, at) : found[at] === line ? at : -1;
    if (next === -1) {
      return `the lesson shows: ${line}\nthe lab printed:  ${found[at] ?? 'nothing more'}`;
    }
    at = next + 1;
    anywhere = false;
  }
  return anywhere || at === found.length ? undefined : `the lab printed a line more: ${found[at] ?? ''}`;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => VOLATILE.reduce((rest, [pattern, name]) => rest.replaceAll(pattern, name), line).trim())
    .filter((line) => line !== '');
}
