import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatLabels,
  formatSelector,
  matchesLabels,
  matchesSelector,
  selectorText,
} from '../../../../lab-server/embedded/kubernetes/values/index.ts';

describe('a label selector', () => {
  it('selects nothing where there is none and everything where it is empty', () => {
    expect(matchesSelector(undefined, { app: 'web' })).toBe(false);
    expect(matchesSelector({}, { app: 'web' })).toBe(true);
    expect(matchesSelector({}, undefined)).toBe(true);
  });

  it('wants every label and every expression to hold', () => {
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['front', 'edge'] },
        { key: 'canary', operator: 'DoesNotExist' },
      ],
    };
    expect(matchesSelector(selector, { app: 'web', tier: 'edge' })).toBe(true);
    expect(matchesSelector(selector, { app: 'web' })).toBe(false);
    expect(matchesSelector(selector, { app: 'web', tier: 'edge', canary: '' })).toBe(false);
    expect(matchesSelector({ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['back'] }] }, {})).toBe(true);
  });

  it('is not fooled by names every object has', () => {
    expect(matchesSelector({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {})).toBe(false);
    expect(matchesLabels({ toString: 'x' }, {})).toBe(false);
  });

  it('prints sorted by key, as kubectl shows it', () => {
    expect(
      formatSelector({
        matchLabels: { tier: 'front', app: 'web' },
        matchExpressions: [
          { key: 'b', operator: 'NotIn', values: ['2', '1'] },
          { key: 'c', operator: 'Exists' },
          { key: 'd', operator: 'DoesNotExist' },
        ],
      }),
    ).toBe('app=web,b notin (1,2),c,!d,tier=front');
    expect(formatSelector(undefined)).toBe('<none>');
    expect(selectorText({})).toBe('');
    expect(formatLabels({ b: '2', a: '1' })).toBe('a=1,b=2');
    expect(formatLabels({})).toBe('<none>');
  });

  it('matches a plain map exactly where the structured form with the same labels does', () => {
    const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'));
    fc.assert(
      fc.property(labels, labels, (wanted, present) => {
        const structured = matchesSelector({ matchLabels: wanted }, present);
        expect(matchesLabels(wanted, present)).toBe(Object.keys(wanted).length > 0 && structured);
      }),
    );
  });
});
