// The break-even plot as SVG text, from data: dollars a month over the number of tasks, two ways in their colours, the others behind them.
import { crossings, totalOf, WAYS, type WayId, type Workload } from './model.ts';
import type { Prices } from './prices.ts';
import { dollars } from './words.ts';

const MARGIN = { top: 16, right: 12, bottom: 40, left: 56 };
/** Most tasks that the plot shows. */
export const MOST = 60;

export interface PlotOptions {
  workload: Workload;
  prices: Prices;
  first: WayId;
  second: WayId;
  width: number;
  height: number;
}

/** The smallest round number (1, 2 or 5 times a power of ten) of which at most `count` fit below `most`. */
export function roundStep(most: number, count: number): number {
  const raw = most / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5, 10].find((factor) => factor * power >= raw - 1e-9) ?? 10) * power;
}

export function plot({ workload, prices, first, second, width, height }: PlotOptions): string {
  const cost = (id: WayId, tasks: number): number => totalOf(id, { ...workload, tasks }, prices);
  const ends = [cost(first, MOST), cost(second, MOST), cost(first, 1), cost(second, 1)].filter(Number.isFinite);
  const step = roundStep(Math.max(1, ...ends), 5);
  const top = Math.ceil(Math.max(1, ...ends) / step) * step;
  const x = (tasks: number): number => MARGIN.left + ((tasks - 1) / (MOST - 1)) * (width - MARGIN.left - MARGIN.right);
  const y = (amount: number): number => height - MARGIN.bottom - (amount / top) * (height - MARGIN.top - MARGIN.bottom);
  const at = (value: number): string => String(Math.round(value * 10) / 10);

  const line = (id: WayId): string => {
    let path = '';
    for (let tasks = 1; tasks <= MOST; tasks += 1) {
      const amount = cost(id, tasks);
      if (Number.isFinite(amount)) {
        path += `${path === '' ? 'M' : 'L'}${at(x(tasks))} ${at(y(amount))}`;
      }
    }
    return path;
  };
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step).map(
    (amount) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${at(y(amount))}" y2="${at(y(amount))}"/>` +
      `<text x="${MARGIN.left - 8}" y="${at(y(amount))}" text-anchor="end" dominant-baseline="central">${dollars(amount, 0)}</text>`,
  );
  const ticks = [1, 10, 20, 30, 40, 50, 60].map(
    (tasks) => `<text x="${at(x(tasks))}" y="${height - MARGIN.bottom + 18}" text-anchor="middle">${tasks}</text>`,
  );
  const others = WAYS.filter(({ id }) => id !== first && id !== second).map(({ id }) => `<path class="other" d="${line(id)}"/>`);
  const chosen = [first, second].map((id, index) => {
    const platform = WAYS.find((way) => way.id === id)?.platform ?? 'ecs';
    return `<path class="chosen ${platform}${index === 1 ? ' second' : ''}" d="${line(id)}"/>`;
  });
  const marks = crossings(first, second, workload, prices, MOST)
    .slice(0, 3)
    .map(({ tasks }) => `<circle class="crossing" cx="${at(x(tasks))}" cy="${at(y(cost(first, tasks)))}" r="4"/>`);
  return (
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Cost a month over the number of tasks. The table below says the same." clip-path="inset(0)">` +
    `<clipPath id="cost-plot-area"><rect x="${MARGIN.left}" y="${MARGIN.top - 6}" width="${width - MARGIN.left - MARGIN.right + 6}" height="${height - MARGIN.top - MARGIN.bottom + 6}"/></clipPath>` +
    `${grid.join('')}${ticks.join('')}` +
    `<text x="${at((MARGIN.left + width - MARGIN.right) / 2)}" y="${height - 4}" text-anchor="middle">tasks or pods</text>` +
    `<line class="here" x1="${at(x(workload.tasks))}" x2="${at(x(workload.tasks))}" y1="${MARGIN.top}" y2="${height - MARGIN.bottom}"/>` +
    `<g clip-path="url(#cost-plot-area)">${others.join('')}${chosen.join('')}</g>${marks.join('')}</svg>`
  );
}
