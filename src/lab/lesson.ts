// All the script that a lesson loads before its lab is opened: it waits for a button, then fetches the lab.
import type { LabPane } from './lab-pane.ts';
import { say } from '../i18n/say.ts';
import { rememberOpen } from './preferences.ts';

const root = document.documentElement;
const dock = document.querySelector<HTMLElement>('.lab-dock');
let pane: Promise<LabPane> | undefined;

async function openLab(): Promise<LabPane> {
  root.dataset.lab = 'open';
  root.dataset.labKnown = '';
  rememberOpen(true);
  pane ??= import('./lab-pane.ts').then(({ openLabPane }) => openLabPane(dock as HTMLElement));
  const opened = await pane;
  opened.shown();
  return opened;
}

/** Fetches the lab's scripts when a hand comes near a button that will need them. */
function prepare(event: Event): void {
  const target = event.target instanceof Element ? event.target : undefined;
  if (target?.closest('[data-open-lab], [data-run], [data-edit]')) {
    document.removeEventListener('pointerover', prepare);
    void import('./lab-pane.ts');
  }
}

function hideLab(): void {
  delete root.dataset.lab;
  rememberOpen(false);
  document.querySelector<HTMLElement>('.lab-return')?.focus();
}

async function run(button: HTMLButtonElement): Promise<void> {
  const lab = await openLab();
  const terminal = await lab.run(button.dataset.run ?? '', button.dataset.terminal === 'second');
  button.dataset.ran = '';
  button.textContent = say('ran');
  button.title = `Sent to ${terminal}. Press to run it again.`;
}

function onClick(event: MouseEvent): void {
  const target = event.target instanceof Element ? event.target : undefined;
  const button = target?.closest('button');
  if (!button) {
    return;
  }
  if (button.dataset.openLab !== undefined) {
    void openLab().then((lab) => lab.focus());
  } else if (button.dataset.hideLab !== undefined) {
    hideLab();
  } else if (button.dataset.run !== undefined) {
    run(button).catch((error: unknown) => (button.title = error instanceof Error ? error.message : String(error)));
  } else if (button.dataset.edit !== undefined) {
    const { edit, content = '' } = button.dataset;
    void openLab().then((lab) => lab.edit(edit, content));
  }
}

/** `#lab` opens the lab, `#objective-<id>` opens it at that objective: links into an exercise. */
function followAddress(): void {
  const id = /^#objective-([a-z0-9-]+)$/.exec(location.hash)?.[1];
  if (id === undefined && location.hash !== '#lab') {
    return;
  }
  void openLab();
  const objective = id === undefined ? null : dock?.querySelector<HTMLDetailsElement>(`[data-objective="${id}"]`);
  if (objective) {
    const toggle = dock?.querySelector<HTMLButtonElement>('[data-toggle-objectives][aria-expanded=false]');
    toggle?.click();
    objective.open = true;
    objective.querySelector('summary')?.focus();
  }
}

if (dock) {
  document.addEventListener('click', onClick);
  document.addEventListener('pointerover', prepare);
  for (const action of document.querySelectorAll<HTMLElement>('.lab-action')) {
    action.hidden = false;
  }
  if (root.dataset.lab === 'open') {
    void openLab();
  }
  addEventListener('hashchange', followAddress);
  followAddress();
}
