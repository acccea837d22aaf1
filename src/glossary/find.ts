// Finds a term in the glossary while it is typed.
import { must } from '../lab/page.ts';

const glossary = document.querySelector<HTMLElement>('[data-glossary]');

if (glossary) {
  const input = must<HTMLInputElement>(glossary, 'input');
  const terms = [...glossary.querySelectorAll<HTMLElement>('[data-term]')];
  must(glossary, '[data-find]').hidden = false;
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    for (const term of terms) {
      term.hidden = !(term.dataset.term ?? '').includes(wanted);
    }
    for (const letter of glossary.querySelectorAll<HTMLElement>('[data-letter]')) {
      letter.hidden = letter.querySelector('[data-term]:not([hidden])') === null;
    }
    const shown = terms.filter((term) => !term.hidden).length;
    must(glossary, '[data-found]').textContent = wanted === '' ? '' : `${shown} of ${terms.length}`;
  });
}
