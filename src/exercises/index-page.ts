// The list of exercises: what the learner has reached, and filters that the address remembers.
import { must } from '../lab/page.ts';
import { readProgress } from '../progress/server.ts';

const root = document.querySelector<HTMLElement>('[data-exercise-list]');
const FILTERS = ['platform', 'difficulty', 'chapter', 'state'];

function connect(list: HTMLElement): void {
  const form = must<HTMLFormElement>(list, 'form');
  const rows = [...list.querySelectorAll<HTMLElement>('[data-exercise]')];

  function filter(): void {
    const wanted = new FormData(form);
    const chosen = FILTERS.flatMap((name) => {
      const value = wanted.get(name);
      return typeof value === 'string' && value !== '' ? [[name, value] as const] : [];
    });
    let shown = 0;
    for (const row of rows) {
      // Work on both systems is work on each of them.
      row.hidden = !chosen.every(
        ([name, value]) => row.dataset[name] === value || (name === 'platform' && row.dataset.platform === 'both'),
      );
      shown += row.hidden ? 0 : 1;
    }
    for (const group of list.querySelectorAll<HTMLElement>('[data-group]')) {
      group.hidden = group.querySelector('[data-exercise]:not([hidden])') === null;
    }
    must(list, '[data-count]').textContent = `${shown} of ${rows.length} exercises`;
    must(list, '[data-none]').hidden = shown > 0;
    const query = new URLSearchParams(chosen.map(([name, value]) => [name, value])).toString();
    history.replaceState(history.state, '', `${location.pathname}${query === '' ? '' : `?${query}`}${location.hash}`);
  }

  async function fill(): Promise<void> {
    const progress = await readProgress();
    for (const row of rows) {
      const reached = progress.get(row.dataset.exercise ?? '');
      row.dataset.state = reached?.passedAt ? 'passed' : reached ? 'begun' : 'new';
      const place = must(row, '[data-reached]');
      place.dataset.state = row.dataset.state;
      place.textContent = reached ? (reached.passedAt ? 'passed' : `${reached.score} of ${reached.outOf}`) : '';
    }
    must(list, '[data-state-filter]').hidden = false;
  }

  const query = new URLSearchParams(location.search);
  for (const name of FILTERS) {
    const select = form.elements.namedItem(name);
    if (select instanceof HTMLSelectElement) {
      const asked = query.get(name) ?? '';
      select.value = [...select.options].some((option) => option.value === asked) ? asked : '';
    }
  }
  form.hidden = false;
  form.addEventListener('input', filter);
  filter();
  // Without a server the list is a list.
  fill().then(filter, () => undefined);
}

if (root) {
  connect(root);
}
