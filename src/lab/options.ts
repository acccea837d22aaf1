// The lab's menu: what the reader may set, and what is done to the lab as a whole.
import { must } from './page.ts';
import { preference, remember } from './preferences.ts';

export interface OptionActions {
  fontSize(this: void, size: number): void;
  screenReader(this: void, on: boolean): void;
  extend(this: void): void;
  reset(this: void): void;
  close(this: void): void;
}

const SMALLEST = 9;
const LARGEST = 28;

export function connectOptions(dock: HTMLElement, actions: OptionActions): void {
  const menu = must(dock, '[data-lab-menu]');

  for (const button of menu.querySelectorAll<HTMLElement>('[data-font]')) {
    button.addEventListener('click', () => {
      const size = Math.min(LARGEST, Math.max(SMALLEST, preference('fontSize') + Number(button.dataset.font)));
      remember('fontSize', size);
      actions.fontSize(size);
    });
  }
  const copyOnSelect = must<HTMLInputElement>(menu, '[data-option=copyOnSelect]');
  copyOnSelect.checked = preference('copyOnSelect');
  copyOnSelect.addEventListener('change', () => remember('copyOnSelect', copyOnSelect.checked));

  const screenReader = must<HTMLInputElement>(menu, '[data-option=screenReader]');
  screenReader.checked = preference('screenReader');
  screenReader.addEventListener('change', () => {
    remember('screenReader', screenReader.checked);
    actions.screenReader(screenReader.checked);
  });

  for (const [name, action] of Object.entries({ extend: actions.extend, 'reset-lab': actions.reset, 'close-lab': actions.close })) {
    must(menu, `[data-${name}]`).addEventListener('click', () => {
      menu.hidePopover();
      action();
    });
  }
}
