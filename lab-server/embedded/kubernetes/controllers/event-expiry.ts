// Removes events an hour after they last happened, as the API server's --event-ttl does.
import { EVENT } from '../events/index.ts';
import type { CoreEvent } from '../types.ts';
import { parseTime } from '../values/iso-time.ts';
import type { Controller } from './controller.ts';
import { ifPresent } from './ownership.ts';

const TTL_MS = 3_600_000;
/** All events are looked through under one key, at the time the oldest is due. */
const KEY = 'oldest event';

export function eventExpiry(): Controller {
  let isScheduled = false;
  return {
    name: 'event-expiry',
    watches: [{ kind: EVENT, keys: () => (isScheduled ? [] : [KEY]) }],
    reconcile(_key, { client, clock }) {
      const now = clock.now();
      let soonest: number | undefined;
      for (const event of client.list(EVENT)) {
        const left = lastSeen(event) + TTL_MS - now;
        if (left <= 0) {
          ifPresent(() => client.delete(EVENT, event.metadata.namespace, event.metadata.name));
        } else {
          soonest = Math.min(soonest ?? left, left);
        }
      }
      isScheduled = soonest !== undefined;
      return soonest === undefined ? undefined : { requeueAfterMs: soonest };
    },
  };
}

function lastSeen({ lastTimestamp, series, eventTime, metadata }: CoreEvent): number {
  const times = [lastTimestamp, series?.lastObservedTime, eventTime, metadata.creationTimestamp];
  return Math.max(...times.map((time) => parseTime(time) ?? 0));
}
