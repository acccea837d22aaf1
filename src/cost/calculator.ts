// The cost calculator in the browser: sliders to state, state to figures, plot and link. The page arrives with the figures of the start.
import { estimate, type Estimate } from './model.ts';
import type { Prices } from './prices.ts';
import { MOST, plot } from './plot.ts';
import { fromQuery, SETTINGS, toQuery, type CalculatorState } from './settings.ts';
import { dollars, findings, tableOf, toCsv } from './words.ts';
import { must } from '../lab/page.ts';

/** Where the prices come from and of when they are, for the CSV file. */
interface Data {
  prices: Prices;
  source: string;
}

const PLOT_HEIGHT = 320;

function connect(root: HTMLElement): void {
  const data = JSON.parse(must(root, '[data-prices]').textContent ?? '{}') as Data;
  let state: CalculatorState = fromQuery(location.search);

  function showControls(): void {
    for (const setting of SETTINGS) {
      const slider = must<HTMLInputElement>(root, `input[name=${setting.field}]`);
      const value = state.workload[setting.field];
      slider.value = String(setting.values.indexOf(value));
      slider.setAttribute('aria-valuetext', setting.show(value));
      must(root, `output[for=cost-${setting.field}]`).textContent = setting.show(value);
    }
    must<HTMLInputElement>(root, 'input[name=extendedSupport]').checked = state.workload.extendedSupport;
    must<HTMLSelectElement>(root, 'select[name=first]').value = state.first;
    must<HTMLSelectElement>(root, 'select[name=second]').value = state.second;
  }

  function showWays(estimates: readonly Estimate[]): void {
    const most = Math.max(...estimates.map(({ total }) => total).filter(Number.isFinite));
    for (const { id, total, lines } of estimates) {
      const row = must(root, `[data-way="${id}"]`);
      must(row, '[data-total]').textContent = dollars(total);
      must(row, '[data-lines]').textContent = lines.map((line) => `${line.name} ${dollars(line.amount)}`).join(' + ');
      must(row, '[data-bar]').style.inlineSize = Number.isFinite(total) ? `${(total / most) * 100}%` : '0';
    }
  }

  function showPlot(): void {
    const host = must(root, '[data-plot]');
    const width = Math.max(300, host.clientWidth);
    host.innerHTML = plot({ ...state, prices: data.prices, width, height: PLOT_HEIGHT });
    must(root, '[data-findings]').textContent = findings(state, data.prices, MOST).join(' ');
    const rows = root.querySelectorAll<HTMLElement>('[data-table] tbody tr');
    tableOf(state, data.prices).forEach((row, index) => {
      const cells = rows[index]?.querySelectorAll('td');
      cells?.[0]?.replaceChildren(row.first);
      cells?.[1]?.replaceChildren(row.second);
    });
    for (const name of ['first', 'second'] as const) {
      const select = must<HTMLSelectElement>(root, `select[name=${name}]`);
      root.querySelectorAll(`[data-name-of=${name}]`).forEach((place) => place.replaceChildren(select.selectedOptions[0]?.text ?? ''));
    }
  }

  function show(): void {
    showWays(estimate(state.workload, data.prices));
    showPlot();
  }

  root.addEventListener('input', () => {
    const workload = { ...state.workload };
    for (const { field, values } of SETTINGS) {
      workload[field] = values[Number(must<HTMLInputElement>(root, `input[name=${field}]`).value)] ?? workload[field];
    }
    workload.extendedSupport = must<HTMLInputElement>(root, 'input[name=extendedSupport]').checked;
    const way = (name: string): CalculatorState['first'] =>
      must<HTMLSelectElement>(root, `select[name=${name}]`).value as CalculatorState['first'];
    state = { workload, first: way('first'), second: way('second') };
    showControls();
    show();
    const query = toQuery(state);
    history.replaceState(history.state, '', `${location.pathname}${query === '' ? '' : `?${query}`}${location.hash}`);
  });
  must(root, '[data-share]').addEventListener('click', () => {
    const said = must(root, '[data-said]');
    navigator.clipboard.writeText(location.href).then(
      () => (said.textContent = 'The link is copied.'),
      () => (said.textContent = 'The link is in the address bar: copy it from there.'),
    );
  });
  must(root, '[data-csv]').addEventListener('click', () => {
    const text = toCsv(state.workload, estimate(state.workload, data.prices), data.source);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    link.download = 'dockside-cost.csv';
    link.click();
    URL.revokeObjectURL(link.href);
  });
  root.querySelectorAll<HTMLElement>('[data-needs-script]').forEach((element) => (element.hidden = false));
  must<HTMLFieldSetElement>(root, 'fieldset').disabled = false;
  showControls();
  show();
  new ResizeObserver(showPlot).observe(must(root, '[data-plot]'));
}

for (const root of document.querySelectorAll<HTMLElement>('[data-cost-calculator]')) {
  connect(root);
}
