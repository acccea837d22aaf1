// Brace expansion (`a{1,2}b`, `{1..5}`), which happens on the tree before anything else.
import type { WordNode, WordPart } from './syntax.ts';

/** Words that one word may become. */
const MAX_WORDS = 100_000;

export function expandBraces(word: WordNode): WordNode[] {
  const at = word.parts.findIndex((part) => part.type === 'BraceExpansion');
  const brace = word.parts[at];
  if (brace?.type !== 'BraceExpansion') {
    return [word];
  }
  const before = word.parts.slice(0, at);
  const after = expandBraces({ ...word, parts: word.parts.slice(at + 1) });
  const words: WordNode[] = [];
  for (const item of brace.items) {
    for (const middle of item.type === 'Word' ? expandBraces(item.word).map((inner) => inner.parts) : range(item)) {
      for (const rest of after) {
        words.push({ ...word, parts: [...before, ...middle, ...rest.parts] });
        if (words.length > MAX_WORDS) {
          return words;
        }
      }
    }
  }
  return words;
}

function* range(item: {
  start: string | number;
  end: string | number;
  step?: number;
  startStr?: string;
  endStr?: string;
}): Generator<WordPart[]> {
  const letters = typeof item.start === 'string' && typeof item.end === 'string';
  const from = letters ? String(item.start).charCodeAt(0) : Number(item.start);
  const to = letters ? String(item.end).charCodeAt(0) : Number(item.end);
  const step = Math.max(1, Math.abs(item.step ?? 1));
  const texts = [item.startStr ?? String(item.start), item.endStr ?? String(item.end)];
  const width = texts.some((text) => /^-?0\d/.test(text)) ? Math.max(...texts.map((text) => text.length)) : 0;
  for (let value = from; from <= to ? value <= to : value >= to; value += from <= to ? step : -step) {
    const text = letters ? String.fromCharCode(value) : String(Math.abs(value)).padStart(value < 0 ? width - 1 : width, '0');
    yield [{ type: 'Literal', value: value < 0 && !letters ? `-${text}` : text }];
  }
}
