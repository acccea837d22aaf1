// The decision tool in the browser: radio buttons and weights to choices, choices to the result.
import { must } from '../lab/page.ts';
import { fromQuery, toQuery } from './address.ts';
import { decide, type Choices, type Question, type Reason } from './model.ts';
import { sensitivityInWords, VERDICT_WORDS } from './words.ts';

interface Data {
  questions: Question[];
  /** Where a chapter begins, and its title. */
  chapters: Record<string, { title: string; href: string }>;
}

function connect(root: HTMLElement): void {
  const { questions, chapters } = JSON.parse(must(root, '[data-questions]').textContent ?? '{}') as Data;
  const form = must<HTMLFormElement>(root, 'form');

  function read(): Choices {
    const data = new FormData(form);
    return Object.fromEntries(
      questions.flatMap(({ id, weight }) => {
        const answer = data.get(id);
        return typeof answer === 'string' ? [[id, { answer, weight: Number(data.get(`${id}-weight`) ?? weight) }]] : [];
      }),
    );
  }

  function reasonItem(reason: Reason): HTMLElement {
    const item = document.createElement('li');
    item.className = reason.side;
    item.append(reason.text);
    const chapter = chapters[reason.chapter];
    if (chapter) {
      const link = document.createElement('a');
      link.href = chapter.href;
      link.textContent = chapter.title;
      item.append(' See: ', link, '.');
    }
    return item;
  }

  function show(choices: Choices): void {
    const decision = decide(questions, choices);
    const result = must(root, '[data-result]');
    result.dataset.result = decision.verdict;
    must(root, '[data-verdict]').textContent = VERDICT_WORDS[decision.verdict];
    must(root, '[data-answered]').textContent = `${decision.answered} of ${questions.length} answered`;
    must(root, '[data-needle]').style.insetInlineStart = `${50 - decision.balance * 50}%`;
    const decided = must(root, '[data-decided]');
    decided.hidden = !decision.decidedBy;
    decided.textContent = decision.decidedBy ? `This leaves no choice: ${decision.decidedBy.text}` : '';
    for (const side of ['kubernetes', 'ecs'] as const) {
      const own = decision.reasons.filter((reason) => reason.side === side);
      must(root, `[data-reasons=${side}]`).replaceChildren(...own.map(reasonItem));
      must(root, `[data-side=${side}]`).hidden = own.length === 0;
    }
    const sensitivities = must(root, '[data-sensitivities]');
    sensitivities.replaceChildren(
      ...decision.sensitivities.map((sensitivity) => {
        const item = document.createElement('li');
        item.textContent = sensitivityInWords(sensitivity);
        return item;
      }),
    );
    must(root, '[data-firm]').hidden = decision.verdict === 'open' || decision.sensitivities.length > 0 || decision.decidedBy !== undefined;
    must(root, '[data-sensitive]').hidden = decision.sensitivities.length === 0;
  }

  function fill(choices: Choices): void {
    for (const [id, choice] of Object.entries(choices)) {
      const radio = form.querySelector<HTMLInputElement>(`input[name="${id}"][value="${choice?.answer ?? ''}"]`);
      const weight = form.querySelector<HTMLSelectElement>(`select[name="${id}-weight"]`);
      if (radio && weight && choice) {
        radio.checked = true;
        weight.value = String(choice.weight);
      }
    }
  }

  form.addEventListener('input', () => {
    const choices = read();
    show(choices);
    const query = toQuery(choices);
    history.replaceState(history.state, '', `${location.pathname}${query === '' ? '' : `?${query}`}${location.hash}`);
  });
  form.addEventListener('reset', () =>
    setTimeout(() => {
      history.replaceState(history.state, '', location.pathname + location.hash);
      show({});
    }),
  );
  must<HTMLFieldSetElement>(root, '[data-all]').disabled = false;
  fill(fromQuery(location.search, questions));
  show(read());
}

for (const root of document.querySelectorAll<HTMLElement>('[data-decision-tool]')) {
  connect(root);
}
