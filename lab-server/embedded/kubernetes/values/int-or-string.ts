// Values that are a number or a percentage: maxSurge, maxUnavailable, minAvailable (k8s.io/apimachinery/pkg/util/intstr).

export type IntOrString = number | string;

/** Whether it is text such as `25%`. */
export function isPercent(value: IntOrString): boolean {
  return typeof value === 'string' && /^[0-9]+%$/.test(value);
}

/**
 * The number a value stands for, of `total` where it is a percentage. Text that is neither a percentage nor a number is undefined.
 * Surge is rounded up, unavailability down.
 */
export function scaledValue(value: IntOrString, total: number, round: 'up' | 'down'): number | undefined {
  if (typeof value === 'number') {
    return value;
  }
  if (!isPercent(value)) {
    return undefined;
  }
  const exact = (Number(value.slice(0, -1)) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
