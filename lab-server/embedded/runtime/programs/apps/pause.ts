// pause: waits for a signal, as the container that holds a pod's network does.
import type { Process } from '../../processes/process.ts';
import { runUntilSignal } from '../http/app.ts';

export function pause(process: Process): Promise<number> {
  process.holdMemory(64 * 1024);
  return runUntilSignal(process, 0, (signal) =>
    process.complain(`Shutting down, got signal: ${signal === 2 ? 'Interrupt' : 'Terminated'}\n`),
  );
}
