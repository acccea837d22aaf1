// The progress page: fills in what the server knows, and asks for certificates.
import { must } from '../lab/page.ts';
import { askForCertificate, readCertificates, readProgress, Refused } from './server.ts';

const day = new Intl.DateTimeFormat(document.documentElement.lang || 'en', { day: 'numeric', month: 'long', year: 'numeric' });
const root = document.querySelector<HTMLElement>('[data-progress-page]');

const messageOf = (error: unknown): string => (error instanceof Refused ? error.message : 'Something went wrong. Reload the page.');

async function fillProgress(page: HTMLElement): Promise<void> {
  const progress = await readProgress();
  let passed = 0;
  let points = 0;
  for (const row of page.querySelectorAll<HTMLElement>('[data-exercise]')) {
    const reached = progress.get(row.dataset.exercise ?? '');
    if (reached) {
      points += reached.score;
      passed += reached.passedAt === null ? 0 : 1;
      row.dataset.state = reached.passedAt === null ? 'begun' : 'passed';
      must(row, '[data-score]').textContent = `${reached.score} of ${reached.outOf}`;
      must(row, '[data-attempts]').textContent = `${reached.attempts} ${reached.attempts === 1 ? 'result' : 'results'}`;
      must(row, '[data-passed]').textContent = reached.passedAt === null ? '' : `✓ ${day.format(reached.passedAt)}`;
    }
  }
  for (const chapter of page.querySelectorAll<HTMLElement>('[data-chapter]')) {
    const all = chapter.querySelectorAll('[data-exercise]').length;
    const done = chapter.querySelectorAll('[data-exercise][data-state=passed]').length;
    must(chapter, '[data-chapter-count]').textContent = `${done} of ${all} passed`;
    const form = chapter.querySelector<HTMLFormElement>('[data-certify]');
    if (form) {
      form.hidden = done < all;
    }
  }
  const total = page.querySelectorAll('[data-exercise]').length;
  must(page, '[data-summary]').textContent =
    progress.size === 0 ? 'No exercise tried yet on this server.' : `${passed} of ${total} exercises passed, ${points} points.`;
  must(page, '[data-export]').hidden = progress.size === 0;
}

function showCertificate(chapter: HTMLElement, token: string): void {
  const place = must(chapter, '[data-certificate]');
  must<HTMLAnchorElement>(place, 'a').hash = token;
  place.hidden = false;
}

async function fillCertificates(page: HTMLElement): Promise<void> {
  for (const { chapter, token } of await readCertificates()) {
    const section = page.querySelector<HTMLElement>(`[data-chapter="${CSS.escape(chapter)}"]`);
    if (section) {
      showCertificate(section, token);
    }
  }
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target;
  const chapter = form instanceof HTMLFormElement ? form.closest<HTMLElement>('[data-chapter]') : null;
  if (form instanceof HTMLFormElement && chapter) {
    event.preventDefault();
    const said = must(form, '[data-certify-said]');
    askForCertificate(chapter.dataset.chapter ?? '', must<HTMLInputElement>(form, 'input').value).then(
      (token) => {
        showCertificate(chapter, token);
        said.textContent = 'It is signed.';
      },
      (error: unknown) => (said.textContent = messageOf(error)),
    );
  }
}

if (root) {
  root.addEventListener('submit', onSubmit);
  Promise.all([fillProgress(root), fillCertificates(root)]).catch((error: unknown) => {
    must(root, '[data-summary]').textContent = messageOf(error);
  });
}
