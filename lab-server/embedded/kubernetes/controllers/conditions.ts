// Conditions in a status: set one, remove one; the time of transition moves only when the status does.
import type { Condition } from '../types.ts';
import { isoTime } from '../values/iso-time.ts';

export function findCondition<T extends Condition>(conditions: readonly T[] | undefined, type: string): T | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function withoutCondition<T extends Condition>(conditions: readonly T[] | undefined, type: string): T[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/** Replaces the condition of the same type in its place, or appends it. Unchanged when status, reason and message are. */
export function withCondition<T extends Condition>(conditions: readonly T[] | undefined, wanted: T, now: number): T[] {
  const list = [...(conditions ?? [])];
  const index = list.findIndex(({ type }) => type === wanted.type);
  const current = list[index];
  const lastTransitionTime = current?.status === wanted.status ? current.lastTransitionTime : isoTime(now);
  const next = { ...wanted, lastTransitionTime };
  if (index === -1) {
    list.push(next);
  } else {
    list[index] = next;
  }
  return list;
}
