// The certificate page: asks the server whether it signed the text in the address, and shows what that says.
import type { Certificate } from '../../lab-server/protocol/progress.ts';
import { must } from '../lab/page.ts';
import { Refused, verifyCertificate } from './server.ts';

const root = document.querySelector<HTMLElement>('[data-certificate-page]');
const day = new Intl.DateTimeFormat(document.documentElement.lang || 'en', { day: 'numeric', month: 'long', year: 'numeric' });

function show(page: HTMLElement, { name, chapterTitle, issuer, issuedAt, exercises }: Certificate): void {
  must(page, '[data-name]').textContent = name;
  must(page, '[data-chapter]').textContent = chapterTitle;
  must(page, '[data-issued]').textContent = `Signed on ${day.format(new Date(issuedAt))} by ${issuer}.`;
  must(page, '[data-exercises]').replaceChildren(
    ...exercises.map(({ title, score, outOf }) => {
      const row = document.createElement('tr');
      const head = document.createElement('th');
      head.scope = 'row';
      head.textContent = title;
      const points = document.createElement('td');
      points.textContent = `${score} of ${outOf} points`;
      row.append(head, points);
      return row;
    }),
  );
}

async function verify(page: HTMLElement, token: string): Promise<void> {
  const said = must(page, '[data-said]');
  const article = must(page, '[data-certificate]');
  article.hidden = true;
  delete said.dataset.valid;
  said.textContent = 'Verifying…';
  try {
    const { valid, certificate } = await verifyCertificate(token);
    said.dataset.valid = String(valid);
    said.textContent = valid
      ? 'Verified: this server signed it, and it is unchanged.'
      : 'Not verified: this server did not sign it, or it was changed.';
    if (certificate) {
      show(page, certificate);
      article.hidden = false;
    }
  } catch (error) {
    said.textContent = error instanceof Refused ? error.message : 'It could not be verified. Try again.';
  }
}

if (root) {
  const form = must<HTMLFormElement>(root, '[data-verify]');
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = must<HTMLTextAreaElement>(form, 'textarea').value.trim();
    location.hash = text.slice(text.lastIndexOf('#') + 1);
  });
  const fromAddress = (): void => {
    const token = location.hash.slice(1);
    if (token !== '') {
      void verify(root, token);
    }
  };
  addEventListener('hashchange', fromAddress);
  fromAddress();
}
