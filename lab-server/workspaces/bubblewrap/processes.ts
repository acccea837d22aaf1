// Which processes live in a lab, by the process namespace they are in. The proof that a closed lab left nothing behind.
import { readdir, readFile, readlink } from 'node:fs/promises';

const LOOK_AGAIN_MS = 10;

/** Process ids (of the host) in the process namespace with this inode number. Ended processes that nobody has waited for do not count. */
export async function processesIn(pidNamespace: number): Promise<number[]> {
  const wanted = `pid:[${pidNamespace}]`;
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const namespace = await readlink(`/proc/${id}/ns/pid`).catch(() => '');
      return namespace === wanted && (await isAlive(id)) ? [Number(id)] : [];
    }),
  );
  return found.flat();
}

/** Waits until the namespace is empty; returns what is still in it when the time is up. */
export async function waitUntilEmpty(pidNamespace: number, timeoutMs: number): Promise<number[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const left = await processesIn(pidNamespace);
    if (left.length === 0 || performance.now() > deadline) {
      return left;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** The state is the first letter after the name, which stands in brackets and may hold anything. */
async function isAlive(id: string): Promise<boolean> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== '' && state !== 'Z' && state !== 'X';
}
