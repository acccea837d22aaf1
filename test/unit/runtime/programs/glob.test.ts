import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Glob, matchesGlob } from '../../../../lab-server/embedded/runtime/programs/glob.ts';
import { compileTextPattern, loadTextPatterns } from '../../../../lab-server/embedded/runtime/programs/text-pattern.ts';

describe('shell patterns', () => {
  it.each([
    ['*.txt', 'a.txt', true],
    ['*.txt', 'a/b.txt', false],
    ['a?c', 'abc', true],
    ['[a-c]*', 'bcd', true],
    ['[!a]*', 'abc', false],
    ['[[:digit:]]*', '7up', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['[', '[', true],
    ['[z-a]', '[z-a]', true],
    ['', '', true],
  ])('%j against %j', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it('find the shortest and longest beginnings and ends', () => {
    expect([new Glob('*.').prefix('a.b.c', false), new Glob('*.').prefix('a.b.c', true)]).toEqual([2, 4]);
    expect([new Glob('.*').suffix('a.b.c', false), new Glob('.*').suffix('a.b.c', true)]).toEqual([2, 4]);
    expect(new Glob('x').prefix('abc', true)).toBeUndefined();
  });

  it('agree with a regular expression for any pattern of letters, ? and *', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '?', '*'), maxLength: 6 });
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('?', '.').replaceAll('*', '.*')}$`);
        expect(new Glob(pattern).matches(text)).toBe(expression.test(text));
      }),
    );
  });

  it('do not blow up on patterns made to do so', () => {
    expect(matchesGlob(`${'*a'.repeat(30)}*b`, 'a'.repeat(5_000), { pathname: false })).toBe(false);
    expect(new Glob('*x').replace('a'.repeat(3_000), '', { all: true, anchor: null })).toBe('a'.repeat(3_000));
  });
});

describe('regular expressions of learners', () => {
  beforeAll(loadTextPatterns);

  it('give captures by number and name', () => {
    expect(compileTextPattern('^/(?<kind>\\w+)/(\\d+)$', false).exec('/item/42')).toMatchObject({
      captures: ['/item/42', 'item', '42'],
      named: { kind: 'item' },
    });
    expect(compileTextPattern('^/API', true).exec('/api/x')?.captures).toEqual(['/api']);
    expect(compileTextPattern('^/(?!api)', false).exec('/web')).toBeDefined();
  });

  it('do not blow up on expressions made to do so', () => {
    expect(compileTextPattern('^(a+)+$', false).exec(`${'a'.repeat(5_000)}!`)).toBeUndefined();
    expect(() => compileTextPattern('(', false)).toThrow('missing');
  });
});
