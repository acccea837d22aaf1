// The files of the lab as the editor has them: saved as the reader types, taken anew when the shell changes them, and never
// overwritten unseen. Pure of any widget; the panel shows what it says.

/** The lab's files, as the server keeps them. */
export interface FileAccess {
  read(path: string): Promise<{ text: string; version: string }>;
  /** Writes a file that has this version, or with null one that must not exist yet; undefined when the file has another. */
  write(path: string, text: string, version: string | null): Promise<string | undefined>;
}

export type SaveState = 'saved' | 'unsaved' | 'saving' | 'conflict' | 'removed' | 'failed';

export interface Document {
  readonly path: string;
  text: string;
  state: SaveState;
  /** Why saving failed, as the server says it. */
  problem?: string;
}

interface Tracked extends Document {
  /** The version that `text` was read from or saved as; null where the file is gone. */
  version: string | null;
  timer?: ReturnType<typeof setTimeout>;
  saving?: Promise<void>;
}

export interface DocumentEvents {
  /** The state of a document changed. */
  state(document: Document): void;
  /** The text changed elsewhere, and the editor must show it. */
  text(document: Document): void;
}

/** Long enough to gather a word, short enough that `kubectl apply` in the next breath sees it. */
const SAVE_AFTER_MS = 300;

export class Documents {
  readonly #files: FileAccess;
  readonly #events: DocumentEvents;
  readonly #documents = new Map<string, Tracked>();

  constructor(files: FileAccess, events: DocumentEvents) {
    this.#files = files;
    this.#events = events;
  }

  get(path: string): Document | undefined {
    return this.#documents.get(path);
  }

  async open(path: string): Promise<Document> {
    const known = this.#documents.get(path);
    if (known) {
      return known;
    }
    const { text, version } = await this.#files.read(path);
    const document: Tracked = { path, text, version, state: 'saved' };
    this.#documents.set(path, document);
    return document;
  }

  /** Makes a file; one that exists by now stays as it is. */
  async create(path: string, text: string): Promise<void> {
    await this.#files.write(path, text, null);
  }

  edited(path: string, text: string): void {
    const document = this.#documents.get(path);
    if (!document || document.text === text) {
      return;
    }
    document.text = text;
    if (document.state !== 'conflict') {
      this.#set(document, 'unsaved');
      clearTimeout(document.timer);
      document.timer = setTimeout(() => void this.#save(document), SAVE_AFTER_MS);
    }
  }

  /** Saves everything that is not saved. What runs next in the shell finds the text that the reader sees. */
  async flush(): Promise<void> {
    await Promise.all([...this.#documents.values()].map((document) => this.#save(document)));
  }

  /** The file has this version on the lab's disk; null: it was removed. */
  async changed(path: string, version: string | null): Promise<void> {
    const document = this.#documents.get(path);
    // Our own writing is announced too, maybe before its answer is here.
    await document?.saving;
    if (!document || document.version === version) {
      return;
    }
    if (version === null) {
      document.version = null;
      this.#set(document, 'removed');
    } else if (document.state === 'saved' || document.state === 'removed') {
      await this.takeTheirs(path);
    } else {
      this.#conflict(document);
    }
  }

  /** Looks at every open file again, after a time in which changes could not be heard. */
  async refresh(versions: ReadonlyMap<string, string>): Promise<void> {
    await Promise.all([...this.#documents.keys()].map((path) => this.changed(path, versions.get(path) ?? null)));
  }

  async takeTheirs(path: string): Promise<void> {
    const document = this.#documents.get(path);
    if (document) {
      const { text, version } = await this.#files.read(path);
      document.text = text;
      document.version = version;
      this.#set(document, 'saved');
      this.#events.text(document);
    }
  }

  async keepMine(path: string): Promise<void> {
    const document = this.#documents.get(path);
    if (document) {
      document.version = (await this.#files.read(path)).version;
      document.state = 'unsaved';
      await this.#save(document);
    }
  }

  #save(document: Tracked): Promise<void> {
    clearTimeout(document.timer);
    if (document.state !== 'unsaved' && document.state !== 'failed') {
      return document.saving ?? Promise.resolve();
    }
    document.saving ??= this.#write(document).finally(() => {
      document.saving = undefined;
    });
    return document.saving;
  }

  async #write(document: Tracked): Promise<void> {
    do {
      const { text } = document;
      this.#set(document, 'saving');
      try {
        // oxlint-disable-next-line no-await-in-loop -- each write needs the version that the one before it gave
        const version = await this.#files.write(document.path, text, document.version);
        if (version === undefined) {
          this.#conflict(document);
        } else {
          document.version = version;
          this.#set(document, document.text === text ? 'saved' : 'unsaved');
        }
      } catch (error) {
        document.problem = error instanceof Error ? error.message : String(error);
        this.#set(document, 'failed');
      }
    } while ((document.state as SaveState) === 'unsaved');
  }

  #conflict(document: Tracked): void {
    clearTimeout(document.timer);
    this.#set(document, 'conflict');
  }

  #set(document: Tracked, state: SaveState): void {
    document.state = state;
    this.#events.state(document);
  }
}
