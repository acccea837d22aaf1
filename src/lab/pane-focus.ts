// F6 walks through the parts of the page, as it does in desktop programs: the way out of the terminal and the editor, which keep Tab.

import { must } from './page.ts';

export interface FocusStop {
  /** Whether the focus is in this part. */
  holds(element: Element): boolean;
  isShown(): boolean;
  focus(): void;
}

/** The text of the page, then the parts of the lab by the names of their panes. */
export function stopsOf(dock: HTMLElement, parts: Readonly<Record<string, { focus(): void }>>): FocusStop[] {
  const heading = document.querySelector<HTMLElement>('main h1');
  const text: FocusStop = {
    holds: (active) => !dock.contains(active),
    isShown: () => true,
    focus() {
      heading?.setAttribute('tabindex', '-1');
      heading?.focus({ preventScroll: true });
    },
  };
  const panes = Object.entries(parts).map(([name, pane]): FocusStop => {
    const element = must(dock, `[data-pane=${name}]`);
    return { holds: (active) => element.contains(active), isShown: () => element.offsetParent !== null, focus: () => pane.focus() };
  });
  return [text, ...panes];
}

export function walkWithF6(stops: readonly FocusStop[], isOn: () => boolean): void {
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'F6' || !isOn() || event.ctrlKey || event.altKey || event.metaKey) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      const shown = stops.filter((stop) => stop.isShown());
      const active = document.activeElement;
      const at = shown.findIndex((stop) => active !== null && stop.holds(active));
      const next = (at + (event.shiftKey ? -1 : 1) + shown.length) % shown.length;
      shown[next]?.focus();
    },
    { capture: true },
  );
}
