import { expect, test } from 'vitest';
import { ManualClock } from '../../../lab-server/base/index.ts';
import { feedTopology } from '../../../lab-server/http/topology-feed.ts';
import type { LabEvent } from '../../../lab-server/labs/index.ts';
import type { LabState } from '../../../lab-server/protocol/index.ts';
import type { Platform, PlatformState, Sandbox } from '../../../lab-server/sandboxes/sandbox.ts';
import { StateByHand } from '../../builders/state.ts';

/** Counts how often somebody begins to follow it. */
class CountedState extends StateByHand {
  begun = 0;

  override changes(...question: Parameters<PlatformState['changes']>): ReturnType<StateByHand['changes']> {
    this.begun += 1;
    return super.changes(...question);
  }
}

function aLab() {
  const state = new CountedState();
  const listeners = new Set<(event: LabEvent) => void>();
  const lab = {
    state: 'ready' as LabState,
    sandboxes: new Map([['kubernetes' as Platform, { state } as unknown as Sandbox]]),
    subscribe(listener: (event: LabEvent) => void): Disposable {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
  const become = (now: LabState): void => {
    lab.state = now;
    listeners.forEach((tell) => tell({ type: 'state', state: now, expiresAt: 0 }));
  };
  const feed = feedTopology({ lab, clock: new ManualClock(), send: () => undefined, warn: () => undefined });
  return { state, become, feed };
}

test('a sandbox is followed while the page looks and the lab is ready, and anew after a reset', () => {
  const { state, become, feed } = aLab();
  expect(state.begun).toBe(0);
  feed.watch(true);
  const questions = state.begun;
  expect(questions).toBeGreaterThan(0);
  become('opening');
  expect(state.begun).toBe(questions);
  become('ready');
  expect(state.begun).toBe(2 * questions);
  feed[Symbol.dispose]();
  become('opening');
  become('ready');
  expect(state.begun).toBe(2 * questions);
});

test('more time for the lab does not begin anew', () => {
  const { state, become, feed } = aLab();
  using _feed = feed;
  feed.watch(true);
  const questions = state.begun;
  become('ready');
  expect(state.begun).toBe(questions);
});
