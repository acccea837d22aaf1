// Decides what becomes of one more event: counted on an earlier one, folded with similar ones, or dropped as spam.
// The rules and numbers are those of client-go's EventCorrelator (k8s.io/client-go/tools/record/events_cache.go).
import { RecentlyUsed } from './recently-used.ts';

/** Different messages of one reason about one object that stay separate within the interval; the next are folded into one. */
const MAX_SIMILAR = 10;
const SIMILAR_INTERVAL_MS = 600_000;
/** Each source may say this much about one object at once, and then one event per refill interval. */
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;
const CACHE_SIZE = 4096;

/** What makes two events alike. */
export interface Occurrence {
  component: string;
  host: string;
  /** The object the event is about: kind, namespace, name, uid, apiVersion and field path in one text. */
  about: string;
  type: string;
  reason: string;
  message: string;
}

/** The event that was recorded for the same thing before. */
export interface Observation {
  name: string;
  count: number;
  firstTimestamp: number;
}

export type Decision =
  | { kind: 'drop' }
  | { kind: 'create'; key: string; message: string }
  | { kind: 'count'; key: string; message: string; previous: Observation };

interface Similar {
  messages: Set<string>;
  lastAt: number;
}

interface Bucket {
  tokens: number;
  refilledAt: number;
}

export class EventCorrelator {
  readonly #similar = new RecentlyUsed<string, Similar>(CACHE_SIZE);
  readonly #observed = new RecentlyUsed<string, Observation>(CACHE_SIZE);
  readonly #buckets = new RecentlyUsed<string, Bucket>(CACHE_SIZE);

  /** What to do with an event that happened at `now`. */
  decide(occurrence: Occurrence, now: number): Decision {
    const source = [occurrence.component, occurrence.host, occurrence.about].join('\n');
    if (!this.#takeToken(source, now)) {
      return { kind: 'drop' };
    }
    const { key, message } = this.#fold(source, occurrence, now);
    const previous = this.#observed.get(key);
    return previous ? { kind: 'count', key, message, previous } : { kind: 'create', key, message };
  }

  /** Remembers under which name an event was recorded. */
  remember(key: string, observation: Observation): void {
    this.#observed.set(key, observation);
  }

  #fold(source: string, occurrence: Occurrence, now: number): { key: string; message: string } {
    const reasonKey = [source, occurrence.type, occurrence.reason].join('\n');
    let similar = this.#similar.get(reasonKey);
    if (!similar || now - similar.lastAt > SIMILAR_INTERVAL_MS) {
      similar = { messages: new Set(), lastAt: now };
    }
    similar.messages.add(occurrence.message);
    similar.lastAt = now;
    this.#similar.set(reasonKey, similar);
    if (similar.messages.size < MAX_SIMILAR) {
      return { key: [reasonKey, occurrence.message].join('\n'), message: occurrence.message };
    }
    // Keeps the set from growing; which message goes does not matter.
    const [anyMessage] = similar.messages;
    if (anyMessage !== undefined) {
      similar.messages.delete(anyMessage);
    }
    return { key: reasonKey, message: `(combined from similar events): ${occurrence.message}` };
  }

  #takeToken(source: string, now: number): boolean {
    const bucket = this.#buckets.get(source) ?? { tokens: SPAM_BURST, refilledAt: now };
    const tokens = Math.min(SPAM_BURST, bucket.tokens + (now - bucket.refilledAt) / SPAM_REFILL_MS);
    const allowed = tokens >= 1;
    this.#buckets.set(source, { tokens: allowed ? tokens - 1 : tokens, refilledAt: now });
    return allowed;
  }
}
