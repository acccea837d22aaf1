// Which busybox a container has: its binary says so on the second line.
import type { Process } from '../processes/process.ts';

/** `1.28` as a number; undefined when the container has no busybox. */
export async function busyboxVersion(process: Process): Promise<number | undefined> {
  const text = await process.machine.files.readFile('/bin/busybox').catch(() => undefined);
  const version = text?.split('\n')[1];
  return version === undefined || version === '' ? undefined : Number(version.split('.').slice(0, 2).join('.'));
}
