import { describe, expect, it } from 'vitest';
import { ageOf, humanDuration, isoTime, microTime, parseTime } from '../../../../lab-server/embedded/kubernetes/values/index.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('an age', () => {
  it.each([
    [-2 * second, '<invalid>'],
    [-1 * second, '0s'],
    [0, '0s'],
    [119.9 * second, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 5 * second, '2m5s'],
    [10 * minute + 5 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 12 * minute, '3h12m'],
    [8 * hour + 59 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day + 4 * hour, '2d4h'],
    [3 * day, '3d'],
    [8 * day + 5 * hour, '8d'],
    [729 * day, '729d'],
    [2 * 365 * day, '2y'],
    [2 * 365 * day + 3 * day, '2y3d'],
    [9 * 365 * day, '9y'],
  ])('of %d ms reads %s', (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text);
  });

  it('is unknown where the time is', () => {
    expect(ageOf(undefined, 0)).toBe('<unknown>');
    expect(ageOf('2026-01-01T00:00:00Z', Number(parseTime('2026-01-01T00:01:00Z')))).toBe('60s');
  });
});

describe('a time', () => {
  it('is written to the second, or to the microsecond', () => {
    expect(isoTime(1_767_225_600_789)).toBe('2026-01-01T00:00:00Z');
    expect(microTime(1_767_225_600_789)).toBe('2026-01-01T00:00:00.789000Z');
  });

  it('is read only from RFC 3339', () => {
    expect(parseTime('2026-01-01T02:00:00+02:00')).toBe(1_767_225_600_000);
    expect(parseTime('yesterday')).toBeUndefined();
    expect(parseTime('2026-13-01T00:00:00Z')).toBeUndefined();
  });
});
