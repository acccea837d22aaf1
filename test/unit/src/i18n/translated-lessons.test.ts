import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { TRANSLATIONS } from '../../../../src/i18n/paths.ts';

const lessons = fileURLToPath(new URL('../../../../content/lessons/', import.meta.url));
const codeOf = (file: string): string[] => [...readFileSync(file, 'utf8').matchAll(/^```.*?^```$/gms)].map(([block]) => block);
const translated = TRANSLATIONS.filter((locale) => existsSync(`${lessons}${locale}`)).flatMap((locale) =>
  readdirSync(`${lessons}${locale}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mdx'))
    .map((name): [string, string] => [locale, name]),
);

test.each(translated)('the lesson %s/%s runs the same commands as its original', (locale, name) => {
  expect(codeOf(`${lessons}${locale}/${name}`)).toEqual(codeOf(`${lessons}${name}`));
});
