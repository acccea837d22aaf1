// Keeps home folders within their size. Ordinary file systems have no limit for a folder, so the guard looks: four times a second at the
// free space of the disk (one system call for all labs together), and at the home folders only when that has shrunk. While no lab is open it
// does nothing.
import { statfs } from 'node:fs/promises';
import { messageOf } from '../../base/index.ts';
import { walkHome } from '../home/home-walk.ts';

const LOOK_EVERY_MS = 250;
/** Measuring takes at most one part in this many of the time, however many labs write. */
const REST_FACTOR = 4;
/** Free space may shrink by this much before home folders are measured. */
const SHRUNK_BYTES = 16 * 1024 * 1024;
const SHRUNK_FILES = 1_000;
/** Files beyond the limit are counted this far: enough to see that their number grows. */
const COUNT_BEYOND = 20_000;

export interface GuardedHome {
  home: string;
  limits: { diskBytes: number; files: number };
  /** Called at each look while the folder is too large, with what is wrong as a sentence, and whether it still grows. */
  onOver(reason: string, isGrowing: boolean): Promise<void>;
}

interface Size {
  bytes: number;
  files: number;
}

/** A home folder that was too large at the last look. */
interface Over extends Size {
  /** Looks in a row at which it was. */
  looks: number;
}

/** What was written until the program was ended came after the first look: growth counts from the second on. */
const GROWTH_COUNTS_AFTER = 2;

export interface DiskGuardOptions {
  /** A folder on the disk that holds the home folders. */
  folder: string;
  warn(message: string): void;
}

export class DiskGuard {
  readonly #options: DiskGuardOptions;
  readonly #homes = new Map<GuardedHome, Over | undefined>();
  #timer: NodeJS.Timeout | undefined;
  #measured: Size | undefined;
  #isOver = false;
  #measureAgainAt = 0;

  constructor(options: DiskGuardOptions) {
    this.#options = options;
  }

  /** Guards a home folder until disposed. */
  guard(home: GuardedHome): Disposable {
    this.#homes.set(home, undefined);
    this.#timer ??= setTimeout(() => void this.#look(), LOOK_EVERY_MS).unref();
    return {
      [Symbol.dispose]: () => {
        this.#homes.delete(home);
        if (this.#homes.size === 0) {
          clearTimeout(this.#timer);
          this.#timer = undefined;
        }
      },
    };
  }

  async #look(): Promise<void> {
    try {
      const { bavail, bsize, ffree } = await statfs(this.#options.folder);
      const free = { bytes: bavail * bsize, files: ffree };
      this.#measured ??= free;
      const hasShrunk = this.#measured.bytes - free.bytes > SHRUNK_BYTES || this.#measured.files - free.files > SHRUNK_FILES;
      const startedAt = performance.now();
      if ((hasShrunk || this.#isOver) && startedAt >= this.#measureAgainAt) {
        this.#measured = free;
        this.#isOver = await this.#measure();
        this.#measureAgainAt = performance.now() + REST_FACTOR * (performance.now() - startedAt);
      } else if (!hasShrunk) {
        this.#measured = { bytes: Math.max(free.bytes, this.#measured.bytes), files: Math.max(free.files, this.#measured.files) };
      }
    } catch (error) {
      this.#options.warn(`The size of home folders could not be checked: ${messageOf(error)}`);
    }
    this.#timer = this.#homes.size > 0 ? setTimeout(() => void this.#look(), LOOK_EVERY_MS).unref() : undefined;
  }

  /** Whether any home folder is too large. */
  async #measure(): Promise<boolean> {
    let isOver = false;
    for (const [entry, before] of this.#homes) {
      const size = await measure(entry);
      const reason = whatIsOver(size, entry.limits);
      if (this.#homes.has(entry)) {
        this.#homes.set(entry, reason === undefined ? undefined : { ...size, looks: (before?.looks ?? 0) + 1 });
      }
      if (reason !== undefined) {
        isOver = true;
        const hasGrown = before !== undefined && (size.bytes > before.bytes || size.files > before.files);
        await entry.onOver(reason, hasGrown && before.looks >= GROWTH_COUNTS_AFTER);
      }
    }
    return isOver;
  }
}

async function measure({ home, limits }: GuardedHome): Promise<Size> {
  let bytes = 0;
  let files = 0;
  for await (const entry of walkHome(home, limits.files + COUNT_BEYOND, { everything: true })) {
    bytes += entry.size;
    files += 1;
  }
  return { bytes, files };
}

function whatIsOver({ bytes, files }: Size, limits: GuardedHome['limits']): string | undefined {
  if (bytes > limits.diskBytes) {
    return `Your home folder holds ${megabytes(bytes)} and may hold ${megabytes(limits.diskBytes)}.`;
  }
  return files > limits.files ? `Your home folder holds more than the ${limits.files} files that it may hold.` : undefined;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MB`;
}
