// Runs a command in a container and collects what it says, within the kubelet's limit.
import { Writable } from 'node:stream';
import type { Container } from '../../../runtime/runtime.ts';

/** Output beyond this is cut, as the kubelet does with probe results. */
const MAX_OUTPUT_BYTES = 10_240;

export async function execInContainer(
  container: Container,
  command: readonly string[],
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const sink = (): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (size < MAX_OUTPUT_BYTES) {
          chunks.push(chunk.subarray(0, MAX_OUTPUT_BYTES - size));
          size += chunk.length;
        }
        done();
      },
    });
  const exitCode = await container.exec({ command, tty: false, stdout: sink(), stderr: sink(), signal });
  return { exitCode, output: Buffer.concat(chunks).toString('utf8') };
}
