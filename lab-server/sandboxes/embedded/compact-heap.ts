// Gives back the memory that loading and opening needed for a moment. V8 keeps it otherwise, and every open lab would pay for it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/** To be called on the main thread before any worker starts: V8's flags are the whole process's, and are not to change while other threads run. */
export function allowCompaction(): void {
  setFlagsFromString('--expose-gc');
}

/** Collects garbage in this thread, once, and returns pages to the system. Takes some 20 ms. Does nothing where it is not allowed. */
export function compactHeap(): void {
  const collect = runInNewContext('typeof gc === "function" ? gc : undefined') as Collect | undefined;
  collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
