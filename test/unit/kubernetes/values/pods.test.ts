import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPercent, qosClass, sameValue, scaledValue } from '../../../../lab-server/embedded/kubernetes/values/index.ts';

const spec = (...resources: object[]) => ({ containers: resources.map((one, index) => ({ name: `c${index}`, resources: one })) });

describe('the quality of service of a pod', () => {
  const whole = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } };

  it.each([
    ['BestEffort', spec({}, {})],
    ['Guaranteed', spec(whole)],
    ['Burstable', spec(whole, {})],
    ['Burstable', spec({ requests: { cpu: '1' } })],
    ['Burstable', spec({ ...whole, requests: { cpu: '500m', memory: '1Gi' } })],
    ['BestEffort', spec({ limits: { 'example.com/gpu': '1' } })],
  ])('is %s for %j', (quality, pod) => {
    expect(qosClass(pod as never)).toBe(quality);
  });
});

describe('a number or a part', () => {
  it.each([
    [3, 10, 'up', 3],
    ['25%', 10, 'up', 3],
    ['25%', 10, 'down', 2],
    ['100%', 7, 'down', 7],
    ['0%', 7, 'up', 0],
    ['many', 7, 'up', undefined],
  ] as const)('%j of %i, rounded %s, is %j', (value, total, round, result) => {
    expect(scaledValue(value, total, round)).toBe(result);
  });

  it('is a part when it ends in a percent sign', () => {
    expect(isPercent('25%')).toBe(true);
    expect(isPercent('25')).toBe(false);
    expect(isPercent(25)).toBe(false);
  });
});

describe('two values', () => {
  it('are the same where what differs is nothing', () => {
    expect(sameValue({ a: 1, b: null, c: [], d: {}, e: '', f: false, g: 0 }, { a: 1 })).toBe(true);
    expect(sameValue({ a: { b: undefined } }, {})).toBe(true);
    expect(sameValue([1, 2], [2, 1])).toBe(false);
    expect(sameValue({ a: '1' }, { a: 1 })).toBe(false);
  });

  it('are the same as their own copies, whatever the order of their fields', () => {
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .toReversed()
                .map(([key, field]) => [key, reversed(field)]),
            )
          : value;
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(sameValue(value, reversed(value))).toBe(true);
      }),
    );
  });
});
