// Amounts and findings of the cost model in words, in table rows and in CSV.
import { crossings, totalOf, WAYS, type Estimate, type WayId, type Workload } from './model.ts';
import type { Prices } from './prices.ts';
import { SETTINGS, type CalculatorState } from './settings.ts';

/** `$54.06`; `cannot hold it` where no size does. */
export function dollars(amount: number, digits = 2): string {
  return Number.isFinite(amount)
    ? new Intl.NumberFormat('en-US', {
        style: 'currency',
        currency: 'USD',
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(amount)
    : 'cannot hold it';
}

const nameOf = (id: WayId): string => WAYS.find((way) => way.id === id)?.name ?? id;

/** What the plot shows, in sentences. */
export function findings({ workload, first, second }: CalculatorState, prices: Prices, most: number): string[] {
  if (first === second) {
    return ['Choose two different ways to compare them.'];
  }
  const at = (id: WayId): number => totalOf(id, workload, prices);
  const [a, b] = [at(first), at(second)];
  const cheaper = a <= b ? first : second;
  const dearer = cheaper === first ? second : first;
  const difference = Math.abs(a - b);
  const now =
    Number.isFinite(difference) && difference >= 0.005
      ? `With ${workload.tasks}, ${nameOf(cheaper)} costs ${dollars(difference)} a month less than ${nameOf(dearer)}.`
      : Number.isFinite(difference)
        ? `With ${workload.tasks}, both cost the same.`
        : `${nameOf(Number.isFinite(a) ? second : first)} cannot hold a task of this size.`;
  const crossed = crossings(first, second, workload, prices, most);
  const [next] = crossed;
  if (!next) {
    return [now, `Up to ${most} the order stays as it is.`];
  }
  const back = crossed.length > 1 ? ` It changes ${crossed.length} times up to ${most}, because machines come whole.` : '';
  return [now, `From ${next.tasks} on, ${nameOf(next.cheaper)} costs less.${back}`];
}

export interface TableRow {
  tasks: number;
  first: string;
  second: string;
}

/** The table behind the plot. */
export function tableOf({ workload, first, second }: CalculatorState, prices: Prices): TableRow[] {
  return [1, 2, 3, 5, 10, 20, 30, 40, 50, 60].map((tasks) => ({
    tasks,
    first: dollars(totalOf(first, { ...workload, tasks }, prices)),
    second: dollars(totalOf(second, { ...workload, tasks }, prices)),
  }));
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Every line of every way, with the settings above them, as RFC 4180 wants it. */
export function toCsv(workload: Workload, estimates: readonly Estimate[], source: string): string {
  const settings = SETTINGS.map(({ field, label, show }) => [label, show(workload[field])]);
  const rows = [
    ['Prices', source],
    ...settings,
    ['Extended support', workload.extendedSupport ? 'yes' : 'no'],
    [],
    ['Way', 'Part', 'USD a month'],
    ...estimates.flatMap(({ name, lines, total }) => [
      ...lines.map((line) => [name, line.name, Number.isFinite(line.amount) ? line.amount.toFixed(2) : '']),
      [name, 'Total', Number.isFinite(total) ? total.toFixed(2) : ''],
    ]),
  ];
  return rows.map((row) => row.map(quoted).join(',')).join('\r\n') + '\r\n';
}
