// Resource quantities (`500m`, `1.5Gi`, `2e3`): exact arithmetic and the canonical text, as k8s.io/apimachinery/pkg/api/resource does it.

type Format = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

/** A number in billionths, and the family of suffixes it was written with. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: Format;
}

export class QuantityFormatError extends Error {
  override readonly name = 'QuantityFormatError';
}

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const wrongSuffix = "unable to parse quantity's suffix";
const wrongNumber = 'unable to parse numeric part of quantity';

const nano = 1_000_000_000n;
/** 2^63 - 1: anything larger is cap. */
const largest = 9_223_372_036_854_775_807n * nano;
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const decimalSuffixOf: ReadonlyMap<number, string> = new Map(Object.entries(decimalSuffixes).map(([suffix, power]) => [power, suffix]));

const shape = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*(?:[-+]?[0-9]*))$/;

/**
 * Reads a quantity. More than nine decimals round away from zero; more than 2^63-1 is capped.
 * @throws QuantityFormatError with the real server's words.
 */
export function parseQuantity(text: string | number): Quantity {
  const written = String(text).trim();
  if (written === '') {
    throw new QuantityFormatError(wrongFormat);
  }
  const parts = shape.exec(written);
  if (!parts) {
    throw new QuantityFormatError(wrongFormat);
  }
  const [, sign, whole = '', fraction = '', suffix = ''] = parts;
  if (whole === '' && fraction === '') {
    throw new QuantityFormatError(suffix === '' ? wrongNumber : wrongFormat);
  }
  const { base, power, format } = readSuffix(suffix);
  // value = digits × base^power / 10^fraction.length, in billionths, rounded up
  let numerator = BigInt(whole + fraction) * nano;
  let denominator = 10n ** BigInt(fraction.length);
  if (power >= 0) {
    numerator *= base ** BigInt(power);
  } else {
    denominator *= base ** BigInt(-power);
  }
  let nanos = (numerator + denominator - 1n) / denominator;
  if (nanos > largest) {
    nanos = largest;
  }
  return { nanos: sign === '-' ? -nanos : nanos, format };
}

/** Undefined where the text is no quantity. */
export function tryParseQuantity(text: unknown): Quantity | undefined {
  if (typeof text !== 'string' && typeof text !== 'number') {
    return undefined;
  }
  try {
    return parseQuantity(text);
  } catch (error) {
    if (error instanceof QuantityFormatError) {
      return undefined;
    }
    throw error;
  }
}

function readSuffix(suffix: string): { base: bigint; power: number; format: Format } {
  const binary = binarySuffixes.indexOf(suffix as (typeof binarySuffixes)[number]);
  if (binary > 0) {
    return { base: 1024n, power: binary, format: 'BinarySI' };
  }
  const decimal = decimalSuffixes[suffix];
  if (decimal !== undefined) {
    return { base: 10n, power: decimal, format: 'DecimalSI' };
  }
  const exponent = /^[eE]([-+]?[0-9]{1,3})$/.exec(suffix);
  if (exponent) {
    return { base: 10n, power: Number(exponent[1]), format: 'DecimalExponent' };
  }
  throw new QuantityFormatError(wrongSuffix);
}

/** The canonical text: `0.5` is `500m`, `1024Mi` is `1Gi`, `1000` is `1k`. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos } = quantity;
  if (nanos === 0n) {
    return '0';
  }
  const negative = nanos < 0n;
  const magnitude = negative ? -nanos : nanos;
  const text =
    quantity.format === 'BinarySI' && magnitude % nano === 0n && magnitude >= 1024n * nano
      ? formatBinary(magnitude / nano)
      : formatDecimal(magnitude, quantity.format === 'DecimalExponent');
  return negative ? `-${text}` : text;
}

function formatBinary(whole: bigint): string {
  let power = 0;
  while (whole % 1024n === 0n && power < binarySuffixes.length - 1) {
    whole /= 1024n;
    power += 1;
  }
  return `${whole}${binarySuffixes[power]}`;
}

function formatDecimal(nanos: bigint, exponentForm: boolean): string {
  let power = -9;
  while (nanos % 1000n === 0n && (exponentForm || power < 18)) {
    nanos /= 1000n;
    power += 3;
  }
  if (exponentForm) {
    return power === 0 ? `${nanos}` : `${nanos}e${power}`;
  }
  return `${nanos}${decimalSuffixOf.get(power)}`;
}

/** The canonical text of a written quantity. @throws QuantityFormatError */
export function canonicalQuantity(text: string | number): string {
  return formatQuantity(parseQuantity(text));
}

export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** The sum, in the first one's format; a zero takes the other's. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

export function quantityOf(whole: number | bigint, format: Format = 'DecimalSI'): Quantity {
  return { nanos: BigInt(whole) * nano, format };
}

export function quantityOfMillis(millis: number, format: Format = 'DecimalSI'): Quantity {
  return { nanos: BigInt(Math.ceil(millis)) * 1_000_000n, format };
}

/** Whole units, rounded up: bytes of memory, number of pods. */
export function wholeValue(quantity: Quantity): number {
  return Number(divideUp(quantity.nanos, nano));
}

/** Thousandths, rounded up: millicores. */
export function milliValue(quantity: Quantity): number {
  return Number(divideUp(quantity.nanos, 1_000_000n));
}

/** Rounded up to thousandths, as pod resources are when they are stored. */
export function roundUpToMillis(quantity: Quantity): Quantity {
  return { nanos: divideUp(quantity.nanos, 1_000_000n) * 1_000_000n, format: quantity.format };
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend > 0n && quotient * divisor !== dividend ? quotient + 1n : quotient;
}
