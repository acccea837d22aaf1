import { describe, expect, it, vi } from 'vitest';
import { ManualClock, SystemClock } from '../../../lab-server/base/index.ts';

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

describe('the system clock', () => {
  it('waits out times longer than a timer of Node.js can', () => {
    vi.useFakeTimers();
    try {
      const task = vi.fn<() => void>();
      const days = 24 * 3_600_000;
      new SystemClock().schedule(60 * days, task);
      vi.advanceTimersByTime(59 * days);
      expect(task).not.toHaveBeenCalled();
      vi.advanceTimersByTime(days);
      expect(task).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  it('forgets a task that is cancelled in the middle of a long time', () => {
    vi.useFakeTimers();
    try {
      const task = vi.fn<() => void>();
      const days = 24 * 3_600_000;
      const scheduled = new SystemClock().schedule(60 * days, task);
      vi.advanceTimersByTime(40 * days);
      scheduled[Symbol.dispose]();
      vi.advanceTimersByTime(40 * days);
      expect(task).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });
});
