// What the palette can do on this page: press a button that is there, go to a page, or change the theme.
import { localised, TRANSLATIONS } from '../i18n/paths.ts';
import type { Entry } from './match.ts';

export interface Command extends Entry {
  run(this: void): void;
}

/** Buttons by selector; those that the page does not show are no commands. */
const BUTTONS: readonly (readonly [selector: string, title: string])[] = [
  ['.page-title [data-open-lab]', 'Open the lab'],
  ['[data-hide-lab]', 'Hide the lab'],
  ['[data-check]', 'Check all objectives now'],
  ['[data-view=both]', 'Show editor and terminal'],
  ['[data-view=editor]', 'Show the editor'],
  ['[data-view=terminal]', 'Show the terminal'],
  ['[data-view=topology]', 'Show the topology'],
  ['[data-topology-form]', 'Topology: drawn or in words'],
  ['[data-new-terminal]', 'New terminal'],
  ['[data-split-terminals]', 'Terminals side by side'],
  ['[data-toggle-log]', 'Log of the commands'],
];
/** Buttons inside menus: they work without being seen, while the lab is open. */
const IN_MENUS: readonly (readonly [selector: string, title: string])[] = [
  ['[data-extend]', 'Extend the time of the lab'],
  ['[data-reset-lab]', 'Start the lab again…'],
  ['[data-close-lab]', 'Close the lab…'],
];
const THEMES = ['light', 'dark', 'auto'];

function pressing(selector: string, title: string, mustShow: boolean): Command[] {
  const button = document.querySelector<HTMLButtonElement>(selector);
  return button && !button.disabled && (!mustShow || button.checkVisibility()) ? [{ title, kind: 'Lab', run: () => button.click() }] : [];
}

export function pageCommands(): Command[] {
  const isOpen = document.documentElement.dataset.lab === 'open';
  const select = document.querySelector<HTMLSelectElement>('starlight-theme-select select');
  const themes = select
    ? THEMES.filter((theme) => theme !== select.value).map((theme): Command => ({
        title: `Theme: ${theme}`,
        kind: 'Page',
        run: () => {
          select.value = theme;
          select.dispatchEvent(new Event('change', { bubbles: true }));
        },
      }))
    : [];
  return [
    ...BUTTONS.flatMap(([selector, title]) => pressing(selector, title, true)),
    ...(isOpen ? IN_MENUS.flatMap(([selector, title]) => pressing(selector, title, false)) : []),
    ...themes,
    { title: 'Print this page', kind: 'Page', run: () => print() },
  ];
}

let places: Promise<Command[]> | undefined;

/** Every lesson, exercise and tool, fetched when the palette is first opened; again the next time where that failed. */
export function placeCommands(): Promise<Command[]> {
  const at = localised(TRANSLATIONS.find((locale) => location.pathname.startsWith(`/${locale}/`)));
  places ??= fetch('/palette.json')
    .then((response) => response.json() as Promise<{ title: string; kind: string; href: string }[]>)
    .then((list) => list.map(({ title, kind, href }) => ({ title, kind, run: () => location.assign(at(href)) })))
    .catch(() => {
      places = undefined;
      return [];
    });
  return places;
}
