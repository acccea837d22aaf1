// How fast an autoscaler may follow its metrics: stabilisation over recent recommendations, then limits on the rate of change.
import { tryParseQuantity } from '../../values/quantity.ts';
import type { HorizontalPodAutoscaler } from '../kinds.ts';

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;

const DEFAULT_DOWN_WINDOW_MS = 300_000;
/** Without a behavior an autoscaler may double, or go to four, in one step. */
const DEFAULT_UP_FACTOR = 2;
const DEFAULT_UP_MINIMUM = 4;

interface Timed {
  at: number;
  replicas: number;
}

/** What an autoscaler remembers between its turns. */
export interface PaceMemory {
  recommendations: Timed[];
  /** Replicas added, and removed, by time. */
  scaledUp: Timed[];
  scaledDown: Timed[];
}

export function newPaceMemory(): PaceMemory {
  return { recommendations: [], scaledUp: [], scaledDown: [] };
}

export interface PaceCondition {
  type: 'AbleToScale' | 'ScalingLimited';
  status: 'True' | 'False';
  reason: string;
  message: string;
}

export interface PaceRequest {
  current: number;
  /** What the metrics ask for. */
  wanted: number;
  min: number;
  max: number;
  behavior: Behavior | undefined;
  now: number;
}

/** The replicas to go to now, and the conditions that say why. Remembers the recommendation. */
export function pace(request: PaceRequest, memory: PaceMemory): { replicas: number; conditions: PaceCondition[] } {
  if (memory.recommendations.length === 0) {
    // The size it started with counts as a recommendation, so that a new autoscaler does not shrink at once.
    memory.recommendations.push({ at: request.now, replicas: request.current });
  }
  const stable = stabilize(request, memory);
  const limited = request.behavior ? limitByPolicies(stable.replicas, request, memory) : limitByDefault(stable.replicas, request);
  return { replicas: limited.replicas, conditions: [stable.condition, limited.condition] };
}

/** Notes a change of size, for the policies that count changes over a period. */
export function rememberScaling(memory: PaceMemory, from: number, to: number, now: number): void {
  const list = to > from ? memory.scaledUp : memory.scaledDown;
  list.push({ at: now, replicas: Math.abs(to - from) });
}

function stabilize(request: PaceRequest, memory: PaceMemory): { replicas: number; condition: PaceCondition } {
  const { current, wanted, behavior, now } = request;
  const upWindow = (behavior?.scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
  const downSeconds = behavior?.scaleDown?.stabilizationWindowSeconds;
  const downWindow = downSeconds === undefined ? DEFAULT_DOWN_WINDOW_MS : downSeconds * 1000;
  let low = wanted;
  let high = wanted;
  for (const { at, replicas } of memory.recommendations) {
    low = at > now - upWindow ? Math.min(low, replicas) : low;
    high = at > now - downWindow ? Math.max(high, replicas) : high;
  }
  const longest = Math.max(upWindow, downWindow);
  memory.recommendations = [...memory.recommendations.filter(({ at }) => at > now - longest), { at: now, replicas: wanted }];
  const replicas = Math.min(Math.max(current, low), high);
  if (replicas === wanted) {
    return {
      replicas,
      condition: { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'recommended size matches current size' },
    };
  }
  const condition: PaceCondition =
    replicas < wanted
      ? {
          type: 'AbleToScale',
          status: 'True',
          reason: 'ScaleUpStabilized',
          message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
        }
      : {
          type: 'AbleToScale',
          status: 'True',
          reason: 'ScaleDownStabilized',
          message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
        };
  return { replicas, condition };
}

interface Limited {
  replicas: number;
  condition: PaceCondition;
}

function limitByDefault(wanted: number, { current, min, max }: PaceRequest): Limited {
  const rateLimit = Math.max(DEFAULT_UP_FACTOR * current, DEFAULT_UP_MINIMUM);
  if (wanted < min) {
    return { replicas: min, condition: tooFew() };
  }
  if (wanted > Math.min(max, rateLimit)) {
    return max > rateLimit ? { replicas: rateLimit, condition: upLimit() } : { replicas: max, condition: tooMany() };
  }
  return { replicas: wanted, condition: inRange() };
}

function limitByPolicies(wanted: number, request: PaceRequest, memory: PaceMemory): Limited {
  const { current, min, max, behavior, now } = request;
  if (wanted > current) {
    const limit = Math.max(current, upBound(behavior?.scaleUp, current, memory, now));
    if (wanted > Math.min(limit, max)) {
      return max > limit ? { replicas: limit, condition: upLimit() } : { replicas: max, condition: tooMany() };
    }
  } else if (wanted < current) {
    const limit = Math.min(current, downBound(behavior?.scaleDown, current, memory, now));
    if (wanted < Math.max(limit, min)) {
      return min < limit ? { replicas: limit, condition: downLimit() } : { replicas: min, condition: tooFew() };
    }
  }
  return { replicas: wanted, condition: inRange() };
}

function upBound(rules: Rules | undefined, current: number, memory: PaceMemory, now: number): number {
  if (rules?.selectPolicy === 'Disabled') {
    return current;
  }
  const bounds = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const before = current - changes(memory.scaledUp, periodSeconds, now) + changes(memory.scaledDown, periodSeconds, now);
    return type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100));
  });
  return select(bounds, rules?.selectPolicy === 'Min' ? Math.min : Math.max, current);
}

function downBound(rules: Rules | undefined, current: number, memory: PaceMemory, now: number): number {
  if (rules?.selectPolicy === 'Disabled') {
    return current;
  }
  const bounds = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const before = current + changes(memory.scaledDown, periodSeconds, now) - changes(memory.scaledUp, periodSeconds, now);
    return type === 'Pods' ? before - value : Math.floor(before * (1 - value / 100));
  });
  // The policy that allows most is the one with the lowest bound here.
  return select(bounds, rules?.selectPolicy === 'Min' ? Math.max : Math.min, current);
}

function select(bounds: readonly number[], choose: (...values: number[]) => number, none: number): number {
  return bounds.length === 0 ? none : choose(...bounds);
}

function changes(list: readonly Timed[], periodSeconds: number, now: number): number {
  return list.reduce((sum, { at, replicas }) => (at > now - periodSeconds * 1000 ? sum + replicas : sum), 0);
}

/** A tolerance written as a quantity (`0.05`, `50m`); undefined where there is none. */
export function toleranceOf(rules: Rules | undefined): number | undefined {
  const quantity = tryParseQuantity((rules as (Rules & { tolerance?: string }) | undefined)?.tolerance);
  return quantity && Number(quantity.nanos) / 1e9;
}

function inRange(): PaceCondition {
  return {
    type: 'ScalingLimited',
    status: 'False',
    reason: 'DesiredWithinRange',
    message: 'the desired count is within the acceptable range',
  };
}

function tooMany(): PaceCondition {
  const message = 'the desired replica count is more than the maximum replica count';
  return { type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas', message };
}

function tooFew(): PaceCondition {
  const message = 'the desired replica count is less than the minimum replica count';
  return { type: 'ScalingLimited', status: 'True', reason: 'TooFewReplicas', message };
}

function upLimit(): PaceCondition {
  const message = 'the desired replica count is increasing faster than the maximum scale rate';
  return { type: 'ScalingLimited', status: 'True', reason: 'ScaleUpLimit', message };
}

function downLimit(): PaceCondition {
  const message = 'the desired replica count is decreasing faster than the maximum scale rate';
  return { type: 'ScalingLimited', status: 'True', reason: 'ScaleDownLimit', message };
}
