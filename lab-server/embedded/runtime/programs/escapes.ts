// Backslash escapes as echo -e and printf %b understand them.

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  e: '\u001b',
  E: '\u001b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** `stopped`: a `\c` ended the output. `quotes`: in a printf format `\"` is a quote. */
export function unescapeText(text: string, options: { quotes?: boolean; plainOctal?: boolean } = {}): { text: string; stopped: boolean } {
  let result = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character !== '\\' || at + 1 >= text.length) {
      result += character;
      continue;
    }
    const next = text[at + 1] as string;
    const rest = text.slice(at + 1);
    const octal = (options.plainOctal ? /^[0-7]{1,3}/ : /^0[0-7]{0,3}/).exec(rest)?.[0];
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)?.[1];
    const unicode = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest);
    if (next === 'c') {
      return { text: result, stopped: true };
    }
    if (SIMPLE[next] !== undefined) {
      result += SIMPLE[next];
      at += 1;
    } else if (octal !== undefined) {
      result += String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      at += octal.length;
    } else if (hex !== undefined) {
      result += String.fromCharCode(Number.parseInt(hex, 16));
      at += hex.length + 1;
    } else if (unicode) {
      result += String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(unicode[1] ?? unicode[2] ?? '0', 16)));
      at += unicode[0].length;
    } else if (options.quotes && (next === '"' || next === "'")) {
      result += next;
      at += 1;
    } else {
      result += character;
    }
  }
  return { text: result, stopped: false };
}
