import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromQuery, SETTINGS, START, toQuery, type CalculatorState } from '../../../../src/cost/settings.ts';
import { WAYS } from '../../../../src/cost/model.ts';

const anyState: fc.Arbitrary<CalculatorState> = fc
  .tuple(
    fc.tuple(...SETTINGS.map(({ values }) => fc.constantFrom(...values))),
    fc.boolean(),
    fc.constantFrom(...WAYS.map(({ id }) => id)),
    fc.constantFrom(...WAYS.map(({ id }) => id)),
  )
  .map(([values, extendedSupport, first, second]) => ({
    workload: { ...START.workload, ...Object.fromEntries(SETTINGS.map(({ field }, index) => [field, values[index]])), extendedSupport },
    first,
    second,
  }));

test('a link gives back exactly what it was made from', () => {
  fc.assert(
    fc.property(anyState, (state) => {
      expect(fromQuery(toQuery(state))).toEqual(state);
    }),
  );
});

test('the link of the start is empty', () => {
  expect(toQuery(START)).toBe('');
});

test('whatever a link says, the state is one that can be set', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('t', 'c', 'm', 'r', 'a', 'x'), fc.string(), (text, key, value) => {
      const state = fromQuery(`${text}&${key}=${encodeURIComponent(value)}`);
      for (const { field, values } of SETTINGS) {
        expect(values).toContain(state.workload[field]);
      }
      expect(WAYS.map(({ id }) => id)).toContain(state.first);
    }),
  );
});
