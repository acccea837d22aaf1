// Removes a lab's folder, whatever permissions the learner has left on what is in it.
import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Does nothing where there is no such folder. No process of the lab may be running any more. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    // A folder without write or search permission for its owner keeps what is in it.
    await openUp(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function openUp(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const name of await readdir(path)) {
    const child = join(path, name);
    if ((await lstat(child)).isDirectory()) {
      await openUp(child);
    }
  }
}
