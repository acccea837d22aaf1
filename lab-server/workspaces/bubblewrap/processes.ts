// Which processes live in a lab, by the process namespace they are in. The proof that a closed lab left nothing behind.
import { constants } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';

const LOOK_AGAIN_MS = 10;
/** The part of open flags that tells reading from writing (fcntl.h). */
const ACCESS_MODE = 0o3;

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

/** Processes in the namespace that have a file open for writing on this disk (device number, as of `stat`). */
export async function writersIn(pidNamespace: number, device: number): Promise<number[]> {
  const ids = await processesIn(pidNamespace);
  const writers = await Promise.all(ids.map(async (id) => ((await writesTo(id, device)) ? [id] : [])));
  return writers.flat();
}

async function writesTo(pid: number, device: number): Promise<boolean> {
  for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const [file, info] = await Promise.all([
      stat(`/proc/${pid}/fd/${fd}`).catch(() => undefined),
      readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => ''),
    ]);
    const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8);
    if (file?.isFile() && file.dev === device && (flags & ACCESS_MODE) !== constants.O_RDONLY) {
      return true;
    }
  }
  return false;
}

/** The state is the first letter after the name, which stands in brackets and may hold anything. */
async function isAlive(id: string): Promise<boolean> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== '' && state !== 'Z' && state !== 'X';
}
