// Tells about changes in the home folder, whoever makes them. The system's events are only hints: after each, the folder is listed again
// and compared with what was last seen, so nothing is reported twice and nothing is missed.
import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { AsyncQueue } from '../../base/index.ts';
import type { FileChange, FileEntry } from '../files.ts';
import { openFolderBelow, through } from './home-path.ts';
import { isProgramsOwn, listFolder } from './home-walk.ts';

/** A save of most editors and tools is several events within a few milliseconds. */
const SETTLE_MS = 25;
/** Each watched folder costs a kernel object of the server's user. */
const MAX_FOLDERS = 256;
const QUEUE = 20_000;

export async function* watchHome(home: string, limit: number, signal: AbortSignal): AsyncGenerator<FileChange, void, undefined> {
  using queue = new AsyncQueue<FileChange>(QUEUE, signal);
  using tree = new WatchedTree(home, limit, (change) => queue.push(change));
  await tree.start();
  yield* queue;
}

interface WatchedFolder {
  watcher: FSWatcher | undefined;
  entries: Map<string, FileEntry>;
}

class WatchedTree implements Disposable {
  readonly #home: string;
  readonly #limit: number;
  readonly #report: (change: FileChange) => void;
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #dirty = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isClosed = false;

  constructor(home: string, limit: number, report: (change: FileChange) => void) {
    this.#home = home;
    this.#limit = limit;
    this.#report = report;
  }

  /** Takes the state of this moment as known; changes after it are reported. */
  async start(): Promise<void> {
    await this.#enter('', { isKnown: true });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const folder of this.#folders.values()) {
      folder.watcher?.close();
    }
    this.#folders.clear();
  }

  /** Watches first and lists afterwards, so that what happens in between is seen. */
  async #enter(path: string, { isKnown }: { isKnown: boolean }): Promise<void> {
    if (this.#isClosed || this.#folders.size >= MAX_FOLDERS || this.#folders.has(path)) {
      return;
    }
    const folder: WatchedFolder = { watcher: undefined, entries: new Map() };
    this.#folders.set(path, folder);
    try {
      await using opened = await openFolderBelow(this.#home, path);
      folder.watcher = watch(through(opened, join(this.#home, path)), { persistent: false }, () => this.#touch(path));
      folder.watcher.on('error', () => this.#touch(path));
    } catch {
      // Gone already, or no more watches allowed: its parent's events still tell of its coming and going.
    }
    await this.#list(path, folder, { isKnown });
  }

  #leave(path: string): void {
    const folder = this.#folders.get(path);
    if (!folder) {
      return;
    }
    folder.watcher?.close();
    this.#folders.delete(path);
    for (const entry of folder.entries.values()) {
      if (entry.type === 'directory') {
        this.#leave(entry.path);
      }
      this.#report({ type: 'removed', path: entry.path });
    }
  }

  #touch(path: string): void {
    this.#dirty.add(path);
    if (!this.#timer && !this.#isRunning && !this.#isClosed) {
      this.#timer = setTimeout(() => void this.#lookAgain(), SETTLE_MS);
      this.#timer.unref();
    }
  }

  async #lookAgain(): Promise<void> {
    this.#timer = undefined;
    this.#isRunning = true;
    const paths = [...this.#dirty].sort();
    this.#dirty.clear();
    for (const path of paths) {
      const folder = this.#folders.get(path);
      if (folder) {
        await this.#list(path, folder, { isKnown: false });
      }
    }
    this.#isRunning = false;
    const [again] = this.#dirty;
    if (again !== undefined) {
      this.#touch(again);
    }
  }

  async #list(path: string, folder: WatchedFolder, { isKnown }: { isKnown: boolean }): Promise<void> {
    const listed = (await listFolder(this.#home, path)).filter((entry) => !isProgramsOwn(entry.path));
    const found = new Map(listed.slice(0, this.#limit).map((entry) => [entry.path, entry]));
    if (this.#isClosed) {
      return;
    }
    const before = folder.entries;
    folder.entries = found;
    for (const entry of before.values()) {
      const now = found.get(entry.path);
      // A folder that was replaced by another of the same name is a removal and a new one.
      if (now?.type !== entry.type || (now.type === 'directory' && now.version !== entry.version)) {
        this.#leave(entry.path);
        this.#report({ type: 'removed', path: entry.path });
      }
    }
    for (const entry of found.values()) {
      if (!isKnown && before.get(entry.path)?.version !== entry.version) {
        this.#report({ type: 'written', path: entry.path, version: entry.version });
      }
      if (entry.type === 'directory') {
        await this.#enter(entry.path, { isKnown });
      }
    }
  }
}
