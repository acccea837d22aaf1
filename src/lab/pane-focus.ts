// F6 walks through the parts of the page, as it does in desktop programs: the way out of the terminal and the editor, which keep Tab.

export interface FocusStop {
  /** Whether the focus is in this part. */
  holds(element: Element): boolean;
  isShown(): boolean;
  focus(): void;
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
