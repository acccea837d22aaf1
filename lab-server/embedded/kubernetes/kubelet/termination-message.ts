// What a container left to say about its end: its termination message file, or the tail of its log.
import type { Container } from '../../runtime/runtime.ts';
import type { ContainerSpec } from './kinds.ts';

const MAX_FILE_BYTES = 4096;
const MAX_LOG_BYTES = 2048;
const MAX_LOG_LINES = 80;

export async function terminationMessage(container: Container, spec: ContainerSpec, exitCode: number): Promise<string | undefined> {
  const path = spec.terminationMessagePath ?? '/dev/termination-log';
  if (await container.files.exists(path)) {
    const text = Buffer.from(await container.files.readFileBuffer(path))
      .subarray(0, MAX_FILE_BYTES)
      .toString('utf8');
    if (text !== '') {
      return text;
    }
  }
  if (spec.terminationMessagePolicy !== 'FallbackToLogsOnError' || exitCode === 0) {
    return undefined;
  }
  const lines = container.log
    .lines()
    .slice(-MAX_LOG_LINES)
    .map(({ text }) => `${text}\n`);
  return Buffer.from(lines.join('')).subarray(-MAX_LOG_BYTES).toString('utf8');
}
