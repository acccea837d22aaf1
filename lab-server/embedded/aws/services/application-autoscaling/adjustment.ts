// How far a policy moves a capacity: pure functions, used for services and for Auto Scaling groups (user guide, "Step scaling policies").

export interface Step {
  MetricIntervalLowerBound?: number;
  MetricIntervalUpperBound?: number;
  ScalingAdjustment?: number;
}

export interface Adjustment {
  type: string;
  amount: number;
  /** Least change for percentages. */
  least: number;
}

/** The step that the distance between metric and threshold falls into. */
export function stepFor(steps: readonly Step[], distance: number): Step | undefined {
  return steps.find(({ MetricIntervalLowerBound: low, MetricIntervalUpperBound: high }) => {
    const isAbove = low === undefined || (distance >= 0 ? distance >= low : distance > low);
    const isBelow = high === undefined || (distance >= 0 ? distance < high : distance <= high);
    return isAbove && isBelow;
  });
}

/** The capacity after an adjustment, before bounds. */
export function adjusted(current: number, { type, amount, least }: Adjustment): number {
  switch (type) {
    case 'ExactCapacity':
      return amount;
    case 'PercentChangeInCapacity': {
      const change = (current * amount) / 100;
      // Fractions above one are cut, those below one are a whole.
      const whole = Math.abs(change) > 1 ? Math.trunc(change) : Math.sign(change) * Math.ceil(Math.abs(change));
      return current + Math.sign(whole) * Math.max(Math.abs(whole), least);
    }
    default:
      return current + amount;
  }
}

/** The capacity at which a metric that grows with the load on each unit comes to its target. */
export function tracked(current: number, value: number, target: number, isHigh: boolean): number {
  const wanted = Math.ceil((current * value) / target);
  return isHigh ? Math.max(current + 1, wanted) : Math.min(current - 1, Math.max(wanted, 0));
}
