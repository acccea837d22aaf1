// The processes of one container by number.
import type { Process } from './process.ts';

/** What a container may run at once; beyond it a fork fails, as under a pids limit. */
export const MAX_PROCESSES = 256;

export class ProcessTable implements Iterable<Process> {
  readonly #processes = new Map<number, Process>();
  #next = 1;

  /** The number of the next process; throws nothing, fork limits are the spawner's business. */
  nextId(): number {
    return this.#next++;
  }

  get size(): number {
    return this.#processes.size;
  }

  add(process: Process): void {
    this.#processes.set(process.pid, process);
  }

  remove(process: Process): void {
    this.#processes.delete(process.pid);
  }

  get(pid: number): Process | undefined {
    return this.#processes.get(pid);
  }

  [Symbol.iterator](): Iterator<Process> {
    return [...this.#processes.values()][Symbol.iterator]();
  }
}
