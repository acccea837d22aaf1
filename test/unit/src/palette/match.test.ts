import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matching } from '../../../../src/palette/match.ts';

const entries = ['Show the topology', 'Rolling update', 'A rolling update that nobody notices', 'Controlling costs'].map((title) => ({
  title,
  kind: 'Lesson',
}));
const titles = (text: string) => matching(entries, text).map((entry) => entry.title);

test('titles that begin with the text come first, then words that do, then the rest', () => {
  expect(titles('rolling')).toEqual(['Rolling update', 'A rolling update that nobody notices', 'Controlling costs']);
});

test('every word must be found, in any order, in the title or the kind', () => {
  expect(titles('update lesson')).toEqual(['Rolling update', 'A rolling update that nobody notices']);
  expect(titles('update exercise')).toEqual([]);
});

test('nothing typed shows everything', () => {
  expect(titles('  ')).toHaveLength(4);
});

test('whatever is typed, nothing breaks and nothing is invented', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(entries).toEqual(expect.arrayContaining(matching(entries, text)));
    }),
  );
});
