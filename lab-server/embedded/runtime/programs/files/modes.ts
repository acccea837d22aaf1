// File modes as chmod writes them: octal, or clauses such as `u+x,go-w`.

const WHO: Readonly<Record<string, number>> = { u: 0o700, g: 0o070, o: 0o007, a: 0o777 };
const WHAT: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111 };

/** The mode after a change; undefined when the change is malformed. */
export function changeMode(mode: number, change: string, isDirectory: boolean): number | undefined {
  if (/^[0-7]{1,4}$/.test(change)) {
    return Number.parseInt(change, 8);
  }
  let result = mode;
  for (const clause of change.split(',')) {
    const match = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(clause);
    if (!match) {
      return undefined;
    }
    const who = Array.from(match[1] === '' || match[1] === undefined ? 'a' : match[1]).reduce(
      (mask, letter) => mask | (WHO[letter] ?? 0),
      0,
    );
    for (const [, operator = '', letters = ''] of (match[2] ?? '').matchAll(/([-+=])([rwxXst]*)/g)) {
      let bits = 0;
      for (const letter of letters) {
        if (letter === 'X') {
          bits |= isDirectory || (result & 0o111) !== 0 ? 0o111 & who : 0;
        } else if (letter === 't') {
          bits |= 0o1000;
        } else if (letter === 's') {
          bits |= (who & 0o700 ? 0o4000 : 0) | (who & 0o070 ? 0o2000 : 0);
        } else {
          bits |= (WHAT[letter] ?? 0) & who;
        }
      }
      result = operator === '+' ? result | bits : operator === '-' ? result & ~bits : (result & ~who) | bits;
    }
  }
  return result;
}
