// The editor on small touch screens, where Monaco is heavy and fights the on-screen keyboard: a text area.
import { preference } from './preferences.ts';
import type { TextEditor } from './text-editor.ts';

export function createPlainEditor(host: HTMLElement, edited: (path: string, text: string) => void): TextEditor {
  const area = document.createElement('textarea');
  const texts = new Map<string, string>();
  let shown = '';
  area.className = 'plain-editor';
  area.spellcheck = false;
  area.autocapitalize = 'off';
  area.setAttribute('autocorrect', 'off');
  area.style.fontSize = `${Math.max(16, preference('fontSize'))}px`;
  const solutionText = document.createElement('pre');
  solutionText.className = 'plain-solution';
  solutionText.tabIndex = 0;
  solutionText.hidden = true;
  area.addEventListener('input', () => {
    texts.set(shown, area.value);
    edited(shown, area.value);
  });
  host.append(solutionText, area);
  return {
    show(path, text) {
      shown = path;
      solutionText.hidden = true;
      area.ariaLabel = path;
      area.value = texts.get(path) ?? text;
      texts.set(path, area.value);
    },
    setText(path, text) {
      texts.set(path, text);
      if (path === shown) {
        area.value = text;
      }
    },
    compare(path, solution) {
      solutionText.textContent = solution;
      solutionText.ariaLabel = `${path} in the solution`;
      solutionText.hidden = false;
    },
    // A text area knows no language.
    format: () => Promise.resolve(),
    setFontSize: (size) => (area.style.fontSize = `${Math.max(16, size)}px`),
    focus: () => area.focus(),
    dispose() {
      area.remove();
      solutionText.remove();
    },
  };
}
