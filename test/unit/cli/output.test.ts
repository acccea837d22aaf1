import { describe, expect, it } from 'vitest';
import { DocksideError } from '../../../lab-server/base/index.ts';
import { compareVersions } from '../../../lab-server/cli/doctor.ts';
import { describeFailure, duration, table } from '../../../lab-server/cli/output.ts';

describe('what a command prints', () => {
  it('is aligned, with no spaces at the ends of lines', () => {
    expect(
      table([
        ['a', 'long cell', 'end'],
        ['longer', 'b', ''],
      ]),
    ).toBe('a       long cell  end\nlonger  b');
  });

  it('is a sentence for an error that was foreseen, and a place in the code for a bug', () => {
    expect(describeFailure(new DocksideError('X_Y', 'Set DOCKSIDE_PORT.'))).toBe('Set DOCKSIDE_PORT.');
    expect(describeFailure(new TypeError('x is undefined'))).toMatch(/^This is a bug in Dockside: TypeError: x is undefined\n\s+at /);
  });

  it.each([
    [0.123, '0.12 ms'],
    [38.4, '38 ms'],
    [1234, '1.2 s'],
  ])('is short for durations', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('versions', () => {
  it.each([
    ['1.31.0', '1.31.0', 0],
    ['1.9.9', '1.31.0', -1],
    ['1.36.4', '1.31.0', 1],
    ['2', '1.31.0', 1],
  ])('%s against %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });
});
