// A quiz in the browser: an answer is checked when asked, and each choice then says why it is right or what it overlooks.
import { must } from '../lab/page.ts';
import { judgeAnswer } from './judge.ts';

function connect(quiz: HTMLElement): void {
  const questions = [...quiz.querySelectorAll<HTMLFormElement>('form[data-question-id]')];
  const right = new Set<string>();

  function answer(form: HTMLFormElement): void {
    const choices = [...form.querySelectorAll<HTMLElement>('[data-choice]')];
    const inputs = choices.map((choice) => must<HTMLInputElement>(choice, 'input'));
    const chosen = inputs.map((input) => input.checked);
    const said = must(form, '[data-outcome]');
    if (!chosen.includes(true)) {
      said.textContent = 'Choose an answer first.';
      return;
    }
    const outcome = judgeAnswer(
      choices.map((choice) => choice.dataset.choice === 'right'),
      chosen,
    );
    form.dataset.outcome = outcome.right ? 'right' : 'wrong';
    said.textContent = outcome.words;
    choices.forEach((choice, index) => {
      // What was chosen is explained; the rest only once the answer is right, so that one can try again.
      must(choice, '[data-why]').hidden = !outcome.right && chosen[index] !== true;
      choice.dataset.chosen = String(chosen[index]);
      choice.dataset.shown = String(outcome.right || chosen[index] === true);
    });
    const id = form.dataset.questionId ?? '';
    if (outcome.right) {
      right.add(id);
    }
    must(quiz, '[data-score]').textContent = `${right.size} of ${questions.length} right`;
  }

  for (const form of questions) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      answer(form);
    });
    form.addEventListener('change', () => {
      delete form.dataset.outcome;
      must(form, '[data-outcome]').textContent = '';
      for (const choice of form.querySelectorAll<HTMLElement>('[data-choice]')) {
        delete choice.dataset.shown;
        must(choice, '[data-why]').hidden = true;
      }
    });
    must<HTMLButtonElement>(form, 'button[type=submit]').hidden = false;
    must(form, 'details').hidden = true;
  }
}

for (const quiz of document.querySelectorAll<HTMLElement>('[data-quiz]')) {
  connect(quiz);
}
