// All the script of the landing page before its terminal is touched. The first key, click or example fetches the real thing.
import type { LiveTerminal } from './live-terminal.ts';

const section = document.querySelector<HTMLElement>('[data-live-terminal]');
const input = section?.querySelector<HTMLInputElement>('[data-live-input]');
let live: Promise<LiveTerminal> | undefined;

function open(host: HTMLElement): Promise<LiveTerminal> {
  live ??= import('./live-terminal.ts').then(({ openLiveTerminal }) => openLiveTerminal(host));
  return live;
}

if (section && input) {
  // What is typed before the shell is there waits in the field, and is typed into the shell then.
  input.addEventListener('input', () => void open(section));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      const command = input.value || input.placeholder;
      input.value = '';
      void open(section).then((terminal) => terminal.run(command));
    }
  });
  section.addEventListener('click', (event) => {
    const target = event.target instanceof HTMLElement ? event.target : undefined;
    const command = target?.dataset.liveRun;
    if (command !== undefined) {
      void open(section).then((terminal) => terminal.run(command));
    } else if (target?.closest('[data-live-screen]') && !live) {
      input.focus();
    }
  });
}
