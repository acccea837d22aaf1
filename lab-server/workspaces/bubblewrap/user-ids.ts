// User ids for labs, where the server is root: no two labs share one, so no process of one lab is "the same user" as another's.
import { chown, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DocksideError } from '../../base/index.ts';

/** Above every id that systems and their containers use by default. */
const FIRST_ID = 2_000_000;
const IDS = 20_000;

/** Claims are files named by id in one folder; making such a file is atomic, so servers that share the folder never clash. */
export class UserIds {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The id of `labId`, the same until it is released. */
  async claim(labId: string): Promise<number> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const start = hash(labId) % IDS;
    for (let step = 0; step < IDS; step++) {
      const id = FIRST_ID + ((start + step) % IDS);
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
