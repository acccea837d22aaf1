import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lab-server/base/index.ts';

describe('the manual clock', () => {
  it('runs tasks in order of their due time', async () => {
    const clock = new ManualClock(0);
    const seen: string[] = [];
    clock.schedule(20, () => seen.push(`second at ${clock.now()}`));
    clock.schedule(10, () => seen.push(`first at ${clock.now()}`));
    await clock.advance(30);
    expect(seen).toEqual(['first at 10', 'second at 20']);
    expect(clock.now()).toBe(30);
  });

  it('rejects a sleep that is aborted, and forgets it', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const slept = clock.sleep(1000, abort.signal);
    abort.abort(new Error('stopped'));
    await expect(slept).rejects.toThrow('stopped');
    expect(clock.pending).toBe(0);
  });
});
