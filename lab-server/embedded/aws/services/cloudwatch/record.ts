// How the services of the endpoint tell CloudWatch of their metrics.
import type { Scope } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { addPoint } from './series.ts';

export interface Measurement {
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
  value: number;
  unit: string;
}

const MINUTE_MS = 60_000;

/** Adds one value to a metric of AWS's own, in the minute that it is. */
export function recordMetric(
  context: Pick<AwsContext, 'clock' | 'tables'>,
  scope: Scope,
  { namespace, name, dimensions, value, unit }: Measurement,
): void {
  const at = Math.floor(context.clock.now() / MINUTE_MS) * MINUTE_MS;
  addPoint(
    context.tables,
    scope,
    { namespace, name, dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })) },
    { at, unit, count: 1, sum: value, min: value, max: value },
  );
}
