// The whole home folder in one file, down and up: tar does it inside the workspace, so an archive that was made to do harm meets the
// workspace's own walls and limits, not the server's.
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DocksideError } from '../base/index.ts';
import { killSession, withoutOtherFiles, type PtyCommand } from '../terminals/index.ts';

/** To be run in the home folder. What programs keep for themselves stays where it is. */
export const PACK = ['tar', '-czf', '-', '--exclude=./.cache', '--exclude=./.kube/cache', '--exclude=./.bash_history', '.'];
export const UNPACK = ['tar', '-xzf', '-', '--no-same-owner', '--no-same-permissions'];

const MAX_MESSAGE = 2_000;
const UNPACK_LIMIT_MS = 60_000;

/** The output of `command`, as it comes. The stream fails when the command does; destroying it ends the command. */
export function packWith(command: PtyCommand): Readable {
  const { file, args } = withoutOtherFiles(command);
  const child = spawn(file, args, { env: { ...command.env }, cwd: command.cwd, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const output = child.stdout;
  output.once('close', () => {
    if (child.pid !== undefined && child.exitCode === null) {
      killSession(child.pid);
    }
  });
  child.once('error', (error) => output.destroy(error));
  return output;
}

/** Feeds `archive` to `command`. Rejects with `ARCHIVE_INVALID` (400), or `FILE_QUOTA` (507) where the command was ended for its size. */
export async function unpackWith(command: PtyCommand, archive: Readable): Promise<void> {
  const { file, args } = withoutOtherFiles(command);
  const child = spawn(file, args, { env: { ...command.env }, cwd: command.cwd, detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
  const timer = setTimeout(() => child.pid !== undefined && killSession(child.pid), UNPACK_LIMIT_MS);
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    message = (message + text).slice(0, MAX_MESSAGE);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // The command may end before it has read everything; then its exit code says why.
  const [exitCode] = await Promise.all([ended, pipeline(archive, child.stdin).catch(() => undefined)]);
  clearTimeout(timer);
  if (exitCode === 0) {
    return;
  }
  if (exitCode === null || exitCode > 128 || /File too large|No space left|File size limit/i.test(message)) {
    throw new DocksideError('FILE_QUOTA', 'The archive holds more than the home folder may. Some of its files may have been unpacked.', {
      status: 507,
    });
  }
  const reason = message.trim().split('\n')[0] ?? '';
  throw new DocksideError('ARCHIVE_INVALID', `The archive could not be unpacked: ${reason}. A .tar.gz file is needed.`, { status: 400 });
}
