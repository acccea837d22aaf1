// Records events as the newer events.k8s.io recorder does (the scheduler's): an event time, an action, and a series for repeats.
import type { Clock } from '../../../base/index.ts';
import { isApiError } from '../api/errors.ts';
import type { ClusterClient } from '../cluster-client.ts';
import type { KubernetesObject } from '../types.ts';
import { microTime } from '../values/iso-time.ts';
import { eventName } from './event-name.ts';
import { EVENT, type EventType } from './recorder.ts';
import { RecentlyUsed } from './recently-used.ts';
import { referenceTo } from './references.ts';

/** A repeat after this long starts a new event instead of going on with the series (client-go's finishTime). */
const SERIES_FINISH_MS = 360_000;
/** A running series is written again at most this often (client-go's refreshTime). */
const SERIES_REFRESH_MS = 1_800_000;

export interface SeriesRecorder {
  /** Records an event; a repeat of the same type, action and reason about the same version of the object only counts up. */
  event(object: KubernetesObject, type: EventType, reason: string, action: string, message: string): void;
}

export interface SeriesRecorderOptions {
  client: ClusterClient;
  clock: Clock;
  /** `default-scheduler`. */
  component: string;
  /** `default-scheduler-controlplane`: the component and the machine it runs on. */
  instance: string;
}

interface Series {
  namespace: string;
  name: string;
  count: number;
  lastAt: number;
  writtenAt: number;
}

export function createSeriesRecorder({ client, clock, component, instance }: SeriesRecorderOptions): SeriesRecorder {
  const running = new RecentlyUsed<string, Series>(4096);

  function event(object: KubernetesObject, type: EventType, reason: string, action: string, message: string): void {
    const now = clock.now();
    const reference = referenceTo(object);
    const key = [type, action, reason, JSON.stringify(reference)].join('\n');
    const series = running.get(key);
    if (series && now - series.lastAt <= SERIES_FINISH_MS) {
      series.count += 1;
      series.lastAt = now;
      if (series.count === 2 || now - series.writtenAt >= SERIES_REFRESH_MS) {
        writeSeries(series, now);
      }
      return;
    }
    const namespace = reference.namespace ?? 'default';
    const name = eventName(reference.name ?? '', now);
    const created = refusable(() =>
      client.create(EVENT, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: reference,
        reason,
        message,
        source: {},
        firstTimestamp: null,
        lastTimestamp: null,
        type,
        eventTime: microTime(now),
        action,
        reportingComponent: component,
        reportingInstance: instance,
      }),
    );
    if (created) {
      running.set(key, { namespace, name, count: 1, lastAt: now, writtenAt: now });
    }
  }

  function writeSeries(series: Series, now: number): void {
    series.writtenAt = now;
    const recorded = client.get(EVENT, series.namespace, series.name);
    if (recorded) {
      refusable(() => client.update(EVENT, { ...recorded, series: { count: series.count, lastObservedTime: microTime(now) } }));
    }
  }

  return { event };
}

/** Runs a write that the API may refuse without harm: an event is a hint, never a duty. */
function refusable<T>(write: () => T): T | undefined {
  try {
    return write();
  } catch (error) {
    if (isApiError(error)) {
      return undefined;
    }
    throw error;
  }
}
