// Figures of a measurement: what was measured, in what unit, against which promise.

export interface Figure {
  name: string;
  unit: 'ms' | 's' | 'MB/s' | 'MB' | '/s' | '% of a core' | 'bytes';
  median: number;
  p99?: number;
  samples: number;
  /** The promise: at least this of what is counted by the second, at most this of everything else. */
  promise?: number;
  /** At most this in all but one of a hundred. */
  promiseP99?: number;
}

export function figureOf(name: string, unit: Figure['unit'], samples: readonly number[], promise?: number, promiseP99?: number): Figure {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    name,
    unit,
    median: quantile(sorted, 0.5),
    p99: sorted.length >= 100 ? quantile(sorted, 0.99) : undefined,
    samples: sorted.length,
    promise,
    ...(promiseP99 === undefined ? {} : { promiseP99 }),
  };
}

export function isKept({ unit, median, p99, promise, promiseP99 }: Figure): boolean | undefined {
  if (promise === undefined) {
    return undefined;
  }
  return (isRate(unit) ? median >= promise : median <= promise) && (promiseP99 === undefined || (p99 ?? 0) <= promiseP99);
}

/** Whether more is better. */
export function isRate(unit: Figure['unit']): boolean {
  return unit.endsWith('/s');
}

function quantile(sorted: readonly number[], at: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}
