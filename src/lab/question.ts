// Asks before something is lost.
import { must } from './page.ts';

export interface Question {
  title: string;
  text: string;
  yes: string;
}

/** True when the reader says yes; closing the dialog in any other way means no. */
export async function ask(dock: HTMLElement, question: Question): Promise<boolean> {
  return (await answerOf(dock, question, undefined)) !== undefined;
}

/** What the reader writes, or undefined when they would rather not; `suggestion` stands there at first. */
export function askForText(dock: HTMLElement, question: Question, suggestion: string): Promise<string | undefined> {
  return answerOf(dock, question, suggestion);
}

function answerOf(dock: HTMLElement, question: Question, suggestion: string | undefined): Promise<string | undefined> {
  const dialog = must<HTMLDialogElement>(dock, '[data-question]');
  const input = must<HTMLInputElement>(dialog, '[data-question-input]');
  input.hidden = suggestion === undefined;
  input.value = suggestion ?? '';
  input.required = suggestion !== undefined;
  input.setAttribute('aria-label', question.title);
  must(dialog, '[data-question-title]').textContent = question.title;
  must(dialog, '[data-question-text]').textContent = question.text;
  must(dialog, '[data-question-yes]').textContent = question.yes;
  dialog.returnValue = '';
  dialog.showModal();
  if (suggestion !== undefined) {
    input.focus();
    // The name without its ending is what is most often changed.
    input.setSelectionRange(0, suggestion.lastIndexOf('.') > 0 ? suggestion.lastIndexOf('.') : suggestion.length);
  }
  const answered = new AbortController();
  // Return would press the form's first button, which is the other one.
  input.addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Enter') {
        event.preventDefault();
        if (input.reportValidity()) {
          dialog.close('yes');
        }
      }
    },
    { signal: answered.signal },
  );
  return new Promise<string | undefined>((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes' ? input.value.trim() : undefined), { once: true });
  }).finally(() => answered.abort());
}
