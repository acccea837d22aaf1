// Metrics Insights, the simple form: SELECT SUM(name) FROM "namespace" WHERE key = 'value' GROUP BY key (user guide, "Metrics Insights query components").
import type { Tables } from '../../state/tables.ts';
import type { Scope } from '../scope.ts';
import { validation } from './errors.ts';
import type { SeriesValues } from './expression.ts';
import { metricsOf, pointsOf, type Dimension, type Point } from './series.ts';
import { buckets, statisticOf } from './statistics.ts';

const FUNCTIONS: Readonly<Record<string, string>> = { SUM: 'Sum', AVG: 'Average', MIN: 'Minimum', MAX: 'Maximum', COUNT: 'SampleCount' };
const NAME = `(?:"[^"]*"|[A-Za-z0-9_.-]+)`;
const QUERY = new RegExp(
  `^\\s*SELECT\\s+(SUM|AVG|MIN|MAX|COUNT)\\s*\\(\\s*(${NAME})\\s*\\)\\s+FROM\\s+(?:SCHEMA\\s*\\(\\s*(${NAME})([^)]*)\\)|(${NAME}))` +
    `(?:\\s+WHERE\\s+(.+?))?(?:\\s+GROUP\\s+BY\\s+(${NAME}(?:\\s*,\\s*${NAME})*))?(?:\\s+ORDER\\s+BY\\s+.*?)?(?:\\s+LIMIT\\s+(\\d+))?\\s*$`,
  'is',
);
const CONDITION = new RegExp(`^\\s*(${NAME})\\s*(=|!=)\\s*'([^']*)'\\s*$`);

export function isQuery(expression: string): boolean {
  return /^\s*SELECT\s/i.test(expression);
}

const unquoted = (name: string): string => name.trim().replace(/^"|"$/g, '');

/** One series for each group of metrics that the query finds. Throws ValidationError for what is no such query. */
export function selectMetrics(
  tables: Tables,
  scope: Scope,
  text: string,
  range: { start: number; end: number; periodMs: number },
): { group: string | undefined; values: SeriesValues }[] {
  const match = QUERY.exec(text);
  if (!match) {
    throw validation(`Invalid query: ${text}`);
  }
  const [, func = '', name = '', schema, keys = '', plain = '', where, by, limit] = match;
  const namespace = unquoted(schema ?? plain);
  const conditions = (where?.split(/\s+AND\s+/i) ?? []).map((condition) => {
    const parts = CONDITION.exec(condition);
    if (!parts) {
      throw validation(`Invalid query condition: ${condition}`);
    }
    return { key: unquoted(parts[1] ?? ''), isEqual: parts[2] === '=', value: parts[3] ?? '' };
  });
  const schemaKeys = keys
    .split(',')
    .map(unquoted)
    .filter((key) => key !== '');
  const groupKeys = by?.split(',').map(unquoted) ?? [];
  const valueOf = (dimensions: readonly Dimension[], key: string): string | undefined => dimensions.find((one) => one.Name === key)?.Value;
  const groups = new Map<string, Point[]>();
  for (const metric of metricsOf(tables, scope, range.start)) {
    const fits =
      metric.namespace === namespace &&
      metric.name === unquoted(name) &&
      (schema === undefined ||
        (metric.dimensions.length === schemaKeys.length && schemaKeys.every((key) => valueOf(metric.dimensions, key) !== undefined))) &&
      conditions.every(({ key, isEqual, value }) => (valueOf(metric.dimensions, key) === value) === isEqual) &&
      groupKeys.every((key) => valueOf(metric.dimensions, key) !== undefined);
    if (fits) {
      const group = groupKeys.map((key) => valueOf(metric.dimensions, key) ?? '').join(' ');
      groups.set(group, [...(groups.get(group) ?? []), ...pointsOf(tables, scope, metric, range.start, range.end)]);
    }
  }
  return [...groups].slice(0, limit === undefined ? undefined : Number(limit)).map(([group, points]) => ({
    group: groupKeys.length > 0 ? group : undefined,
    values: new Map(
      buckets(points, range.periodMs).flatMap((bucket) => {
        const value = statisticOf(bucket, FUNCTIONS[func.toUpperCase()] ?? 'Sum');
        return value === undefined ? [] : [[bucket.at, value] as const];
      }),
    ),
  }));
}
