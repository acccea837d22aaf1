// Asks before something is lost.
import { must } from './page.ts';

export interface Question {
  title: string;
  text: string;
  yes: string;
}

/** True when the reader says yes; closing the dialog in any other way means no. */
export function ask(dock: HTMLElement, question: Question): Promise<boolean> {
  const dialog = must<HTMLDialogElement>(dock, '[data-question]');
  must(dialog, '[data-question-title]').textContent = question.title;
  must(dialog, '[data-question-text]').textContent = question.text;
  must(dialog, '[data-question-yes]').textContent = question.yes;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
