import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  roundUpToMillis,
  subtractQuantities,
  tryParseQuantity,
  wholeValue,
} from '../../../../lab-server/embedded/kubernetes/values/index.ts';

describe('a quantity', () => {
  it.each([
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['100000', '100k'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['1.5Gi', '1536Mi'],
    ['512Ki', '512Ki'],
    ['0.1Gi', '107374182400m'],
    ['1023', '1023'],
    ['0Mi', '0'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['1E', '1E'],
    ['+2', '2'],
    ['-500m', '-500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['0.0000000001', '1n'],
    ['1000Ei', '9223372036854775807'],
  ])('written %s is stored as %s', (written, stored) => {
    expect(canonicalQuantity(written)).toBe(stored);
  });

  it.each(['', 'abc', '1Mb', '100MB', '1 Gi', '1..2', '--1', 'Gi'])('refuses %j in the server’s own words', (written) => {
    expect(() => parseQuantity(written)).toThrow(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  });

  it.each(['1K', '500mi', '1Kk'])('refuses the suffix of %s', (written) => {
    expect(() => parseQuantity(written)).toThrow("unable to parse quantity's suffix");
    expect(tryParseQuantity(written)).toBeUndefined();
  });

  it('rounds values up, as requests must never be understated', () => {
    expect(milliValue(parseQuantity('100.1m'))).toBe(101);
    expect(wholeValue(parseQuantity('1001m'))).toBe(2);
    expect(wholeValue(parseQuantity('1Mi'))).toBe(1_048_576);
    expect(formatQuantity(roundUpToMillis(parseQuantity('1u')))).toBe('1m');
  });

  const quantities = fc
    .tuple(fc.integer({ min: 0, max: 10_000_000 }), fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-2'))
    .map(([number, suffix]) => `${number}${suffix}`);

  it('keeps its value and settles in one canonical text', () => {
    fc.assert(
      fc.property(quantities, (text) => {
        const parsed = parseQuantity(text);
        const canonical = formatQuantity(parsed);
        expect(compareQuantities(parseQuantity(canonical), parsed)).toBe(0);
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });

  it('adds and subtracts without loss', () => {
    fc.assert(
      fc.property(quantities, quantities, (left, right) => {
        const a = parseQuantity(left);
        const b = parseQuantity(right);
        expect(compareQuantities(subtractQuantities(addQuantities(a, b), b), a)).toBe(0);
        expect(compareQuantities(addQuantities(a, b), addQuantities(b, a))).toBe(0);
      }),
    );
  });
});
