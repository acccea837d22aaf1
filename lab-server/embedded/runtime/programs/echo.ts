// echo: the program, and the text it prints, which the shells' builtin shares.
import type { Process } from '../processes/process.ts';
import { unescapeText } from './escapes.ts';

/** What echo prints. `interprets`: backslashes count without `-e`, and dash knows no `-e` at all. */
export function echoText(args: readonly string[], interprets: boolean): string {
  let words = args;
  let newline = true;
  let escapes = interprets;
  while (words[0] !== undefined && /^-[neE]+$/.test(words[0]) && (!interprets || words[0] === '-n')) {
    newline &&= !words[0].includes('n');
    escapes = words[0].includes('E') && words[0].lastIndexOf('E') > words[0].lastIndexOf('e') ? false : words[0].includes('e') || escapes;
    words = words.slice(1);
  }
  const text = words.join(' ');
  if (!escapes) {
    return newline ? `${text}\n` : text;
  }
  const { text: unescaped, stopped } = unescapeText(text);
  return newline && !stopped ? `${unescaped}\n` : unescaped;
}

export async function echo(process: Process): Promise<number> {
  await process.print(echoText(process.argv.slice(1), false));
  return 0;
}
