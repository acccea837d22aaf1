import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { localised, TRANSLATIONS } from '../../../../src/i18n/paths.ts';
import { say } from '../../../../src/i18n/say.ts';

const folder = new URL('../../../../src/content/i18n/', import.meta.url);
const read = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`${language}.json`, folder), 'utf8')) as Record<string, string>;
const english = read('en');
const placeholders = (text: string): string[] => [...text.matchAll(/\{+\w+\}+/g)].map(([name]) => name).toSorted();

test('every language has a file, and every file is a language', () => {
  expect(readdirSync(folder).toSorted()).toEqual(['en', ...TRANSLATIONS].map((language) => `${language}.json`).toSorted());
});

test.each(TRANSLATIONS)('%s translates every string, with the same values in it', (language) => {
  const translated = read(language);
  expect(Object.keys(translated).toSorted()).toEqual(Object.keys(english).toSorted());
  for (const [key, text] of Object.entries(english)) {
    expect(placeholders(translated[key] ?? '')).toEqual(placeholders(text));
  }
});

test('what scripts say in English is what the page would give them', () => {
  (globalThis as { document?: unknown }).document = { querySelector: () => null };
  for (const [key, text] of Object.entries(english).filter(([name]) => name.startsWith('script.'))) {
    expect(say(key.slice('script.'.length) as Parameters<typeof say>[0])).toBe(text);
  }
  expect(say('done', { done: 2, all: 5 })).toBe('2 of 5 done');
});

test('English stands at the root, other languages below their code', () => {
  expect(localised(undefined)('/exercises/')).toBe('/exercises/');
  expect(localised('de')('/exercises/')).toBe('/de/exercises/');
});
