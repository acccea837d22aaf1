// Condition blocks of statements (IAM user guide, "IAM JSON policy elements: Condition operators").
import { isIPv4 } from 'node:net';
import { matchesAddress } from '../../../../runtime/network/addresses.ts';
import { withVariables, type ConditionValues } from './request.ts';
import { matchesArn, matchesWildcard } from './wildcards.ts';

type Scalar = string | number | boolean;
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, Scalar | readonly Scalar[]>>>>;

/** Whether one value of the request meets one value of the policy. */
type Test = (given: string, wanted: string) => boolean;

const numeric =
  (compare: (given: number, wanted: number) => boolean): Test =>
  (given, wanted) =>
    compare(Number(given), Number(wanted));
const dated =
  (compare: (given: number, wanted: number) => boolean): Test =>
  (given, wanted) =>
    compare(timeOf(given), timeOf(wanted));

const POSITIVE: Readonly<Record<string, Test>> = {
  StringEquals: (given, wanted) => given === wanted,
  StringEqualsIgnoreCase: (given, wanted) => given.toLowerCase() === wanted.toLowerCase(),
  StringLike: (given, wanted) => matchesWildcard(wanted, given),
  NumericEquals: numeric((given, wanted) => given === wanted),
  NumericLessThan: numeric((given, wanted) => given < wanted),
  NumericLessThanEquals: numeric((given, wanted) => given <= wanted),
  NumericGreaterThan: numeric((given, wanted) => given > wanted),
  NumericGreaterThanEquals: numeric((given, wanted) => given >= wanted),
  DateEquals: dated((given, wanted) => given === wanted),
  DateLessThan: dated((given, wanted) => given < wanted),
  DateLessThanEquals: dated((given, wanted) => given <= wanted),
  DateGreaterThan: dated((given, wanted) => given > wanted),
  DateGreaterThanEquals: dated((given, wanted) => given >= wanted),
  Bool: (given, wanted) => given.toLowerCase() === wanted.toLowerCase(),
  BinaryEquals: (given, wanted) => given === wanted,
  IpAddress: (given, wanted) => isInRange(given, wanted),
  ArnEquals: (given, wanted) => matchesArn(wanted, given),
  ArnLike: (given, wanted) => matchesArn(wanted, given),
};

/** Operators that say no: they hold when no value of the policy matches, and when the key is absent. */
const NEGATIVE: Readonly<Record<string, keyof typeof POSITIVE>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
};

/** Every operator and every key of a block must hold. */
export function conditionsHold(block: ConditionBlock | undefined, values: ConditionValues): boolean {
  return Object.entries(block ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, [wanted].flat().map(String), values[key.toLowerCase()], values)),
  );
}

function holds(
  operator: string,
  wanted: readonly string[],
  found: string | readonly string[] | undefined,
  values: ConditionValues,
): boolean {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator);
  const [, set, name = '', ifExists] = match ?? [];
  if (name === 'Null') {
    return wanted.some((text) => (text.toLowerCase() === 'true') === (found === undefined));
  }
  const positive = NEGATIVE[name] ?? name;
  const test = POSITIVE[positive];
  if (!test) {
    return false;
  }
  const isNegative = name in NEGATIVE;
  if (found === undefined) {
    return set === 'ForAllValues' || (set !== 'ForAnyValue' && (isNegative || ifExists !== undefined));
  }
  const meets = (given: string): boolean =>
    wanted.some((text) => {
      const resolved = withVariables(text, values);
      return resolved !== undefined && test(given, resolved);
    }) !== isNegative;
  const given = [found].flat();
  return set === 'ForAllValues' ? given.every(meets) : set === 'ForAnyValue' || !isNegative ? given.some(meets) : given.every(meets);
}

function timeOf(text: string): number {
  return /^-?\d+$/.test(text) && text.length > 4 ? Number(text) * 1000 : globalThis.Date.parse(text);
}

function isInRange(address: string, range: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  if (!isIPv4(plain)) {
    return plain === range;
  }
  try {
    return matchesAddress(range.includes('/') ? range : `${range}/32`, plain);
  } catch {
    return false;
  }
}
