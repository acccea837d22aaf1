// A twin lab begins with its two terminals side by side, where there is room for both.
import { must } from './page.ts';

/** Presses the button for it once the first shell is there; from then on the reader decides. */
export function beginSideBySide(dock: HTMLElement): void {
  const button = must<HTMLButtonElement>(dock, '[data-split-terminals]');
  const host = must(dock, '[data-terminal-host]');
  const observer = new MutationObserver(() => {
    if (host.querySelector('.shell .xterm')) {
      observer.disconnect();
      if (button.checkVisibility() && button.ariaPressed !== 'true') {
        button.click();
      }
    }
  });
  observer.observe(host, { childList: true, subtree: true });
}
