// A divider that pointer and keyboard move, and that stays where it was left.
import { preference, remember } from './preferences.ts';

interface SplitterOptions {
  /** Which preference holds the percentage. */
  name: 'dock' | 'work';
  /** The percentage for a pointer position. */
  at(event: PointerEvent): number;
  apply(percent: number): void;
  /** The key that makes the percentage grow, and the one that makes it shrink. */
  keys: { grow: string; shrink: string };
}

const STEP = 2;

export function splitter(handle: HTMLElement, options: SplitterOptions): void {
  const min = Number(handle.ariaValueMin ?? 0);
  const max = Number(handle.ariaValueMax ?? 100);
  let percent = preference(options.name);

  function move(wanted: number): void {
    percent = Math.min(max, Math.max(min, wanted));
    handle.ariaValueNow = String(Math.round(percent));
    handle.ariaValueText = `${Math.round(percent)} percent`;
    options.apply(percent);
  }
  const keep = (): void => remember(options.name, Math.round(percent * 10) / 10);

  handle.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    handle.dataset.dragging = '';
  });
  handle.addEventListener('pointermove', (event) => handle.hasPointerCapture(event.pointerId) && move(options.at(event)));
  handle.addEventListener('lostpointercapture', () => {
    delete handle.dataset.dragging;
    keep();
  });
  handle.addEventListener('keydown', (event) => {
    const wanted = {
      [options.keys.grow]: percent + STEP,
      [options.keys.shrink]: percent - STEP,
      Home: min,
      End: max,
    }[event.key];
    if (wanted !== undefined) {
      event.preventDefault();
      move(wanted);
      keep();
    }
  });
  move(percent);
}
