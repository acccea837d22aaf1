// The editor of a lab: its files as tabs, the words that say whether they are saved, and what to do about a conflict.
import { Documents } from './documents.ts';
import type { Document, SaveState } from './documents.ts';
import { filesOf, listFiles } from './lab-api.ts';
import { must } from './page.ts';
import { TabList } from './tab-list.ts';
import type { TextEditor } from './text-editor.ts';

const WORDS: Record<SaveState, string> = {
  saved: 'Saved',
  unsaved: 'Not saved yet',
  saving: 'Saving',
  conflict: 'Changed in two places',
  removed: 'Removed in the shell',
  failed: 'Not saved',
};

/** Files that the editor offers: text that a learner works on, not what tools leave behind. */
const isShown = (path: string): boolean => !path.split('/').some((part) => part.startsWith('.')) && path.split('/').length <= 3;
const MAX_BYTES = 512 * 1024;
/** Below this width, and where fingers point, a plain text area edits better than Monaco. */
const SMALL_TOUCH = '(max-width: 50rem) and (pointer: coarse)';

export class EditorPanel {
  readonly #host: HTMLElement;
  readonly #saveState: HTMLElement;
  readonly #conflict: HTMLElement;
  readonly #say: (text: string) => void;
  readonly #tabs: TabList;
  #lab: string | undefined;
  #documents: Documents | undefined;
  #editor: Promise<TextEditor> | undefined;
  #paths: string[] = [];
  #selected: string | undefined;

  constructor(dock: HTMLElement, say: (text: string) => void) {
    this.#host = must(dock, '[data-editor-host]');
    this.#saveState = must(dock, '[data-save-state]');
    this.#conflict = must(dock, '[data-conflict]');
    this.#say = say;
    this.#tabs = new TabList(must(dock, '[data-file-tabs]'), {
      select: (path, entered) => void this.show(path).then(() => entered && this.focus()),
    });
    this.#host.id = 'lab-editor-host';
    this.#host.role = 'tabpanel';
    must(dock, '[data-take-theirs]').addEventListener('click', () => this.#selected && void this.#documents?.takeTheirs(this.#selected));
    must(dock, '[data-keep-mine]').addEventListener('click', () => this.#selected && void this.#documents?.keepMine(this.#selected));
  }

  /** The path of the file that is shown. */
  get selected(): string | undefined {
    return this.#selected;
  }

  /** The lab is ready: lists its files, and shows the first. */
  async ready(lab: string): Promise<void> {
    if (this.#lab !== lab) {
      this.clear();
      this.#lab = lab;
      this.#documents = new Documents(filesOf(lab), {
        state: (document) => this.#stated(document),
        text: (document) => void this.#editor?.then((editor) => editor.setText(document.path, document.text)),
      });
    }
    const versions = await this.#list();
    await this.#documents?.refresh(versions);
    const first = this.#selected ?? this.#paths[0];
    if (first !== undefined) {
      await this.show(first);
    }
  }

  async show(path: string): Promise<void> {
    const document = await this.#documents?.open(path);
    if (document) {
      this.#selected = path;
      const editor = await this.#widget();
      editor.show(path, document.text);
      this.#render();
      this.#stated(document);
    }
  }

  /** Shows a file; makes it with this text where there is none. */
  async edit(path: string, content: string): Promise<void> {
    await this.#list();
    if (!this.#paths.includes(path)) {
      await this.#documents?.create(path, content);
      await this.#list();
    }
    await this.show(path);
    this.focus();
  }

  /** Puts the shown file in order. */
  async format(): Promise<void> {
    const editor = await this.#editor;
    await editor?.format();
    editor?.focus();
  }

  /** Shows a file beside this text of it. */
  compare(path: string, text: string): void {
    void this.#editor?.then((editor) => {
      editor.compare(path, text);
      editor.focus();
    });
  }

  /** A file has another name now, or none. */
  async moved(from: string, to: string | undefined): Promise<void> {
    await this.#list();
    if (this.#selected === from) {
      this.#selected = undefined;
      const next = to ?? this.#paths[0];
      if (next !== undefined) {
        await this.show(next);
      }
    }
    this.#render();
  }

  async flush(): Promise<void> {
    await this.#documents?.flush();
  }

  async changed(path: string, version: string | null): Promise<void> {
    const isNew = version !== null && !this.#paths.includes(path);
    await this.#documents?.changed(path, version);
    if (isNew || version === null) {
      await this.#list();
      this.#render();
    }
  }

  setFontSize(size: number): void {
    void this.#editor?.then((editor) => editor.setFontSize(size));
  }

  focus(): void {
    void this.#editor?.then((editor) => editor.focus());
  }

  clear(): void {
    void this.#editor?.then((editor) => editor.dispose());
    this.#editor = undefined;
    this.#documents = undefined;
    this.#lab = undefined;
    this.#paths = [];
    this.#selected = undefined;
    this.#saveState.textContent = '';
    this.#conflict.hidden = true;
    this.#render();
  }

  async #list(): Promise<Map<string, string>> {
    if (this.#lab === undefined) {
      return new Map();
    }
    const files = (await listFiles(this.#lab)).filter((file) => file.type === 'file');
    this.#paths = files
      .filter((file) => isShown(file.path) && file.size <= MAX_BYTES)
      .map((file) => file.path)
      .toSorted();
    this.#render();
    return new Map(files.map((file) => [file.path, file.version]));
  }

  #widget(): Promise<TextEditor> {
    this.#editor ??= this.#create();
    return this.#editor;
  }

  async #create(): Promise<TextEditor> {
    const edited = (path: string, text: string): void => this.#documents?.edited(path, text);
    if (matchMedia(SMALL_TOUCH).matches) {
      const { createPlainEditor } = await import('./plain-editor.ts');
      return createPlainEditor(this.#host, edited);
    }
    const { createMonacoEditor } = await import('./monaco.ts');
    return createMonacoEditor(this.#host, edited);
  }

  #stated(document: Document): void {
    if (document.path !== this.#selected) {
      return;
    }
    const { state, problem } = document;
    this.#saveState.textContent = state === 'failed' && problem ? `${WORDS[state]}: ${problem}` : WORDS[state];
    this.#saveState.dataset.state = state;
    const conflicts = state === 'conflict';
    if (conflicts && this.#conflict.hidden) {
      must(this.#conflict, '[data-conflict-text]').textContent =
        `The shell changed ${document.path} while you were changing it here. Which text do you want?`;
      this.#say(`${document.path} was changed in two places.`);
    }
    this.#conflict.hidden = !conflicts;
  }

  #render(): void {
    const tabs = this.#paths.map((path) => ({ id: path, label: path, panel: this.#host.id }));
    this.#tabs.show(tabs, this.#selected);
    this.#host.setAttribute('aria-label', this.#selected ?? 'No file');
  }
}
