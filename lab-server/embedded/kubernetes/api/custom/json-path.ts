// JSON paths as definitions use them: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.items[0]`, `.labels['a.b/c']`, `[*]`.
import { isJsonObject } from '../decode/json.ts';

type Step = { key: string } | { index: number } | { all: true } | { filter: { path: string; operator: string; value: string } };

const STEP =
  /\.?(?:\[\?\(@([^=!<>)]*?)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^)\s]+))\s*\)\]|\[(-?\d+)\]|\[\*\]|\[['"]((?:[^'"\\]|\\.)*)['"]\]|\.?((?:[^.[\]\\]|\\.)+))/y;

const parsed = new Map<string, readonly Step[]>();
/** Paths kept; definitions of one cluster have far fewer. */
const MAX_KEPT = 1000;

/** Every value that the path leads to. */
export function readPath(object: unknown, path: string): unknown[] {
  let steps = parsed.get(path);
  if (!steps) {
    steps = parse(path.replace(/^\{(.*)\}$/, '$1').replace(/^\$/, ''));
    if (parsed.size < MAX_KEPT) {
      parsed.set(path, steps);
    }
  }
  let values: unknown[] = [object];
  for (const step of steps) {
    values = values.flatMap((value) => follow(value, step));
  }
  return values;
}

function parse(path: string): Step[] {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const found = STEP.exec(path);
    if (!found || found[0] === '') {
      break;
    }
    const [text, filterPath, operator, quoted, singleQuoted, bare, index, bracketKey, key] = found;
    if (filterPath !== undefined && operator !== undefined) {
      steps.push({ filter: { path: filterPath, operator, value: quoted ?? singleQuoted ?? bare ?? '' } });
    } else if (index !== undefined) {
      steps.push({ index: Number(index) });
    } else if (bracketKey !== undefined) {
      steps.push({ key: bracketKey });
    } else if (key !== undefined) {
      steps.push(key === '*' ? { all: true } : { key: key.replaceAll(/\\(.)/g, '$1') });
    } else if (text.endsWith('[*]')) {
      steps.push({ all: true });
    }
  }
  return steps;
}

function follow(value: unknown, step: Step): unknown[] {
  if ('key' in step) {
    return isJsonObject(value) && Object.hasOwn(value, step.key) ? [value[step.key]] : [];
  }
  if ('index' in step) {
    const item: unknown = Array.isArray(value) ? value.at(step.index) : undefined;
    return item === undefined ? [] : [item];
  }
  const items = Array.isArray(value) ? (value as unknown[]) : isJsonObject(value) ? Object.values(value) : [];
  if ('all' in step) {
    return items;
  }
  const { path, operator, value: wanted } = step.filter;
  return items.filter((item) => readPath(item, path).some((found) => String(found as string) === wanted) === (operator === '=='));
}
