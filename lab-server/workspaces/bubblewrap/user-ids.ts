// User ids for labs, where the server is root: no two labs share one, so no process of one lab is "the same user" as another's.
import { chown, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DocksideError } from '../../base/index.ts';

const IDS = 20_000;
/** First ids to use, in order of preference: above every id that systems and their containers use, or within what a container has. */
const FIRST_IDS = [2_000_000, 40_000];

/**
 * The first of the ids that this machine lets the server give to labs. `uidMap` is the content of /proc/self/uid_map; undefined where it
 * has none to give (a container that knows only its own user).
 */
export function firstUserId(uidMap: string): number | undefined {
  const ranges = uidMap
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return FIRST_IDS.find((first) => ranges.some(([start = 0, , count = 0]) => start <= first && first + IDS <= start + count));
}

/** Claims are files named by id in one folder; making such a file is atomic, so servers that share the folder never clash. */
export class UserIds {
  readonly #folder: string;
  readonly #first: number;

  constructor(folder: string, first: number) {
    this.#folder = folder;
    this.#first = first;
  }

  /** The id of `labId`, the same until it is released. */
  async claim(labId: string): Promise<number> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const start = hash(labId) % IDS;
    for (let step = 0; step < IDS; step++) {
      const id = this.#first + ((start + step) % IDS);
      if (await this.#take(id, labId)) {
        return id;
      }
    }
    throw new DocksideError('WORKSPACE_USER_IDS_USED', `All ${IDS} user ids for labs are in use. Close labs that are no longer needed.`, {
      status: 503,
    });
  }

  async release(id: number): Promise<void> {
    await rm(join(this.#folder, String(id)), { force: true });
  }

  async #take(id: number, labId: string): Promise<boolean> {
    const file = join(this.#folder, String(id));
    try {
      await using handle = await open(file, 'wx', 0o600);
      await handle.writeFile(labId);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
      return (await readFile(file, 'utf8').catch(() => '')) === labId;
    }
  }
}

/** Gives a path to the lab's user; does nothing where the server is not root. */
export async function give(path: string, uid: number | undefined): Promise<void> {
  if (uid !== undefined) {
    await chown(path, uid, uid);
  }
}

function hash(text: string): number {
  let value = 5381;
  for (const character of text) {
    value = (value * 33 + (character.codePointAt(0) ?? 0)) % 2 ** 31;
  }
  return value;
}
