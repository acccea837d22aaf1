// The bar of keys that a touch screen's keyboard does not have.
import { readClipboard } from './clipboard.ts';
import type { TerminalView } from './terminal-view.ts';

const KEYS: Readonly<Record<string, string>> = {
  'ctrl-c': '\u0003',
  escape: '\u001b',
  tab: '\t',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
};

export class TouchKeys {
  constructor(bar: HTMLElement, view: () => TerminalView | undefined, type: (data: string) => void) {
    // The terminal keeps the focus, so that the on-screen keyboard stays.
    bar.addEventListener('pointerdown', (event) => event.preventDefault());
    bar.addEventListener('click', (event) => {
      const key = event.target instanceof HTMLElement ? event.target.dataset.key : undefined;
      if (key === 'paste') {
        void readClipboard().then((text) => text !== undefined && view()?.paste(text));
      } else if (key !== undefined) {
        type(KEYS[key] ?? '');
      }
    });
  }
}
