// sleep: waits on the simulated clock, so that tests and lessons decide how long that is.
import type { Process } from '../processes/process.ts';
import { parseDuration } from './duration.ts';

export async function sleep(process: Process): Promise<number> {
  const operands = process.argv.slice(1);
  if (operands.length === 0) {
    await process.complain('sleep: missing operand\n');
    return 1;
  }
  let total = 0;
  for (const operand of operands) {
    const duration = parseDuration(operand);
    if (duration === undefined) {
      await process.complain(`sleep: invalid time interval '${operand}'\n`);
      return 1;
    }
    total += duration;
  }
  await sleepFor(process, total);
  return 0;
}

async function sleepFor(process: Process, milliseconds: number): Promise<void> {
  if (milliseconds === Infinity) {
    await new Promise((_resolve, reject) => {
      process.signal.addEventListener('abort', () => reject(process.signal.reason as Error), { once: true });
    });
  }
  await process.sleep(milliseconds);
}
