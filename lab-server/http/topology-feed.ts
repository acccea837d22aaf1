// The pictures of a lab's sandboxes for one page: followed while the page shows them and the lab is ready, and not a moment longer.
import type { Clock } from '../base/index.ts';
import type { Lab } from '../labs/index.ts';
import type { ServerMessage } from '../protocol/index.ts';
import { followTopology } from '../topology/index.ts';

export interface TopologyFeed extends Disposable {
  /** The page wants the pictures, or no more. */
  watch(on: boolean): void;
}

export interface TopologyFeedOptions {
  lab: Pick<Lab, 'state' | 'sandboxes' | 'subscribe'>;
  clock: Clock;
  send(this: void, message: ServerMessage): void;
  warn(this: void, message: string, error: unknown): void;
}

export function feedTopology({ lab, clock, send, warn }: TopologyFeedOptions): TopologyFeed {
  let wanted = false;
  let following: AsyncDisposable[] = [];

  function stop(): void {
    for (const follower of following.splice(0)) {
      follower[Symbol.asyncDispose]().then(undefined, (error: unknown) => warn('end a topology view', error));
    }
  }
  function start(): void {
    stop();
    if (wanted && lab.state === 'ready') {
      following = [...lab.sandboxes].map(([platform, sandbox]) =>
        followTopology({
          platform,
          state: sandbox.state,
          clock,
          onPicture: (topology) => send({ type: 'topology', topology }),
          onFailure: (error) => warn('follow the sandbox for the topology view', error),
        }),
      );
    }
  }
  // A sandbox that was reset, suspended or lost is another one afterwards; more time for the lab, told in the same event, changes nothing.
  let known = lab.state;
  const subscription = lab.subscribe((event) => {
    if (event.type === 'state' && event.state !== known) {
      known = event.state;
      start();
    }
  });
  return {
    watch(on) {
      wanted = on;
      start();
    },
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      wanted = false;
      stop();
    },
  };
}
