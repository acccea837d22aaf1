// How the lab is laid out: its width beside the text, the editor's height above the terminals, and which of the two are shown.
import type { LabDescription } from '../../lab-server/protocol/api.ts';
import { must } from './page.ts';
import { preference, remember } from './preferences.ts';
import type { Preferences } from './preferences.ts';
import { splitter } from './splitter.ts';

type View = Preferences['view'];

export interface Arrangement {
  /** Makes sure that this part is seen. */
  reveal(part: 'editor' | 'terminal'): void;
  /** Says what the lab runs on, and warns where its shell is not isolated. */
  describe(lab: LabDescription): void;
}

/** Where the lab is a sheet over the text, there is room for one part at a time. */
const isSheet = (): boolean => matchMedia('(max-width: 50rem)').matches;

export function arrangeLab(dock: HTMLElement, onView: (view: View) => void): Arrangement {
  const work = must(dock, '.lab-work');
  const buttons = [...dock.querySelectorAll<HTMLButtonElement>('[data-view]')];

  function show(view: View): void {
    work.dataset.show = view;
    onView(view);
    for (const button of buttons) {
      button.ariaPressed = String(button.dataset.view === view);
    }
  }
  for (const button of buttons) {
    button.addEventListener('click', () => {
      show(button.dataset.view as View);
      remember('view', button.dataset.view as View);
    });
  }
  splitter(must(dock, '[data-splitter=dock]'), {
    name: 'dock',
    at: (event) => ((innerWidth - event.clientX) / innerWidth) * 100,
    apply: (percent) => document.documentElement.style.setProperty('--lab-width', `${percent}vw`),
    keys: { grow: 'ArrowLeft', shrink: 'ArrowRight' },
  });
  splitter(must(dock, '[data-splitter=work]'), {
    name: 'work',
    at: (event) => {
      const box = work.getBoundingClientRect();
      return ((event.clientY - box.top) / box.height) * 100;
    },
    apply: (percent) => work.style.setProperty('--editor-height', `${percent}%`),
    keys: { grow: 'ArrowDown', shrink: 'ArrowUp' },
  });
  const list = must(dock, '#lab-objectives');
  const toggle = must<HTMLButtonElement>(dock, '[data-toggle-objectives]');
  function showObjectives(on: boolean): void {
    list.hidden = !on;
    toggle.ariaExpanded = String(on);
  }
  toggle.addEventListener('click', () => showObjectives(list.hidden !== false));
  showObjectives(!isSheet());
  show(isSheet() && preference('view') === 'both' ? 'terminal' : preference('view'));

  return {
    reveal(part) {
      const shown = work.dataset.show;
      // The topology stands over the terminals, so that they are seen beside it.
      const isSeen = shown === 'both' || shown === part || (shown === 'topology' && part === 'terminal' && !isSheet());
      if (!isSeen) {
        show(isSheet() ? part : 'both');
      }
    },
    describe(lab) {
      must(dock, '[data-not-isolated]').hidden = lab.workspace?.isolated ?? true;
      const names = { kubernetes: 'Kubernetes', ecs: 'ECS' };
      const sandboxes = lab.sandboxes.map(
        ({ platform, driver, fidelity }) => `${names[platform]}: ${driver}${fidelity === 'embedded' ? ', simulated' : ', real'}.`,
      );
      const shell = lab.workspace ? [`Shell: ${lab.workspace.driver}${lab.workspace.isolated ? ', isolated' : ', not isolated'}.`] : [];
      must(dock, '[data-machine]').textContent = [...sandboxes, ...shell].join(' ');
    },
  };
}
