// Without namespaces a lab's processes are known by a mark in their environment, which children inherit.
import { readdir, readFile } from 'node:fs/promises';

/** Environment variable that carries the lab's id. */
export const MARK = 'DOCKSIDE_LAB';

const ROUNDS = 5;
const ROUND_MS = 100;

/** Kills every process that carries the lab's mark; returns those that are still there after half a second. */
export async function endMarkedProcesses(labId: string): Promise<number[]> {
  let left = await markedProcesses(labId);
  for (let round = 0; round < ROUNDS && left.length > 0; round++) {
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended in this moment.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    left = await markedProcesses(labId);
  }
  return left;
}

/** Only where there is a /proc; elsewhere the terminals' hang-up has to do. */
async function markedProcesses(labId: string): Promise<number[]> {
  const mark = `${MARK}=${labId}`;
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    ids.map(async (id) => {
      const environment = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(mark) ? [Number(id)] : [];
    }),
  );
  return found.flat();
}
