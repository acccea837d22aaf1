// The menu over the editor: what is done to the file that is shown, and to all files together.
import type { EditorPanel } from './editor-panel.ts';
import { readSolution, removeFile, renameFile } from './lab-api.ts';
import { must } from './page.ts';
import { ask, askForText } from './question.ts';
import { Transfers } from './transfers.ts';

export interface FilesMenuOptions {
  /** The lab that is open. */
  lab(this: void): string | undefined;
  say(this: void, text: string): void;
  /** Says what the server refused. */
  problem(this: void, text: string): void;
}

export class FilesMenu {
  readonly #dock: HTMLElement;
  readonly #editor: EditorPanel;
  readonly #options: FilesMenuOptions;
  readonly #transfers: Transfers;
  readonly #picker: HTMLInputElement;
  /** Labs whose solution the reader has decided to see. */
  readonly #revealed = new Set<string>();

  constructor(dock: HTMLElement, editor: EditorPanel, options: FilesMenuOptions) {
    this.#dock = dock;
    this.#editor = editor;
    this.#options = options;
    this.#transfers = new Transfers(dock, options.say);
    const menu = must(dock, '[data-files-menu]');
    this.#picker = must<HTMLInputElement>(menu, '[data-upload]');
    menu.addEventListener('beforetoggle', () => this.#describe(menu));
    menu.addEventListener('click', (event) => {
      const action = event.target instanceof HTMLElement ? event.target.dataset.do : undefined;
      if (action !== undefined) {
        menu.hidePopover();
        void this.#try(() => this.#do(action));
      }
    });
    this.#picker.addEventListener('change', () => {
      const files = [...(this.#picker.files ?? [])];
      this.#picker.value = '';
      void this.#upload(files);
    });
    const target = must(dock, '.lab-editor');
    target.addEventListener('dragover', (event) => event.dataTransfer?.types.includes('Files') && event.preventDefault(), {
      capture: true,
    });
    target.addEventListener(
      'drop',
      (event) => {
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length > 0) {
          event.preventDefault();
          event.stopPropagation();
          void this.#upload(files);
        }
      },
      { capture: true },
    );
  }

  /** Before it opens: under its button, and saying what can be done to which file. */
  #describe(menu: HTMLElement): void {
    const button = must(this.#dock, '[popovertarget=lab-files]').getBoundingClientRect();
    menu.style.insetBlockStart = `${button.bottom + 4}px`;
    menu.style.insetInlineEnd = `${Math.max(8, innerWidth - button.right)}px`;
    const { selected } = this.#editor;
    must(menu, '[data-files-selected]').textContent = selected ?? 'No file';
    for (const action of ['format', 'compare', 'rename', 'remove']) {
      must<HTMLButtonElement>(menu, `[data-do=${action}]`).disabled = selected === undefined;
    }
  }

  async #do(action: string): Promise<void> {
    const editor = this.#editor;
    const lab = this.#options.lab();
    const path = editor.selected;
    if (lab === undefined) {
      return;
    }
    switch (action) {
      case 'create':
        await this.#create();
        break;
      case 'download':
        await editor.flush();
        this.#transfers.download(lab);
        break;
      case 'upload':
        this.#picker.click();
        break;
      default:
        if (path !== undefined) {
          await this.#withFile(action, lab, path);
        }
    }
  }

  async #withFile(action: string, lab: string, path: string): Promise<void> {
    const editor = this.#editor;
    switch (action) {
      case 'format':
        await editor.format();
        break;
      case 'compare':
        await this.#compare(lab, path);
        break;
      case 'rename': {
        const to = await askForText(this.#dock, { title: `Rename ${path}`, text: 'The new name, with its folder:', yes: 'Rename' }, path);
        if (to !== undefined && to !== path) {
          await editor.flush();
          await renameFile(lab, path, to);
          await editor.moved(path, to);
        }
        break;
      }
      case 'remove': {
        const question = { title: `Delete ${path}?`, text: 'The file is removed from the workspace.', yes: 'Delete' };
        if (await ask(this.#dock, question)) {
          await removeFile(lab, path);
          await editor.moved(path, undefined);
        }
        break;
      }
      default:
        break;
    }
  }

  async #create(): Promise<void> {
    const path = await askForText(this.#dock, { title: 'New file', text: 'Its name, with its folder:', yes: 'Create' }, 'new.yaml');
    if (path) {
      await this.#editor.edit(path, '');
    }
  }

  async #compare(lab: string, path: string): Promise<void> {
    const question = {
      title: 'Look at the solution?',
      text: 'You see this file as the solution leaves it, beside yours. You learn more by trying the hints of the objectives first.',
      yes: 'Show it',
    };
    if (!this.#revealed.has(lab) && !(await ask(this.#dock, question))) {
      return;
    }
    this.#revealed.add(lab);
    const { files, script } = await readSolution(lab);
    this.#editor.compare(path, files[path] ?? script);
    this.#options.say(
      files[path] === undefined
        ? `The solution does not write ${path}; these are its commands.`
        : `${path} is shown beside the solution’s. Choose the file’s tab to go on editing.`,
    );
  }

  async #upload(files: readonly File[]): Promise<void> {
    const lab = this.#options.lab();
    if (lab !== undefined && files.length > 0) {
      await this.#transfers.upload(lab, files);
    }
  }

  async #try(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#options.problem(error instanceof Error ? error.message : String(error));
    }
  }
}
