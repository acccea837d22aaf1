import { describe, expect, it } from 'vitest';
import { compareOutput } from '../../../../lab-server/cli/lessons/compare-output.ts';

describe('the output that a lesson shows', () => {
  it('agrees with another run: made-up names, addresses, ports, ages and the width of columns do not count', () => {
    const shown = 'NAME                   READY   AGE\nweb-7585d658b4-4xkqv   1/1     2m\nsvc   10.96.14.7   80:31380/TCP   4s';
    const printed = 'NAME READY AGE\nweb-64f8c7d9b-zzzzz 1/1 <invalid>\nsvc 10.100.1.2 80:30001/TCP 12m30s\n';
    expect(compareOutput(shown, printed)).toBeUndefined();
  });

  it('agrees with another account: ids of users, subnets and tasks do not count', () => {
    const shown = '"UserId": "AIDAQSN672TEXBUQPPSAX"\nsubnet-004c0862fbd3eb1e0 task/demo/5c48912ed861b01afbeb0a385fd58838';
    const printed = '"UserId": "AIDA3356YTXZ5OJRFXMPX"\nsubnet-1a2b3c4d5e6f70819 task/demo/b514ac3b6217304486f07b54928938f2';
    expect(compareOutput(shown, printed)).toBeUndefined();
  });

  it('does not agree where a name, a number or a state differs', () => {
    expect(compareOutput('web   3/3', 'web   2/3')).toBe('the lesson shows: web 3/3\nthe lab printed:  web 2/3');
    expect(compareOutput('web', 'api')).toContain('the lab printed:  api');
    expect(compareOutput('web', '')).toContain('the lab printed:  nothing more');
  });

  it('may leave lines out, with an ellipsis', () => {
    expect(compareOutput('first\n…\nlast', 'first\nsecond\nthird\nlast')).toBeUndefined();
    expect(compareOutput('first\n...', 'first\nsecond')).toBeUndefined();
    expect(compareOutput('first\n…\nlast', 'first\nsecond')).toContain('the lesson shows: last');
  });

  it('leaves nothing out without one', () => {
    expect(compareOutput('first', 'first\nsecond')).toBe('the lab printed a line more: second');
  });
});
