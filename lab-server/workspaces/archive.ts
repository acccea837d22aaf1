// The whole home folder in one file, down and up: tar does it inside the workspace, so an archive that was made to do harm meets the
// workspace's own walls and limits, not the server's.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DocksideError } from '../base/index.ts';
import { killSession, withoutOtherFiles, type PtyCommand } from '../terminals/index.ts';

/** To be run in the home folder. What programs keep for themselves stays where it is. */
export const PACK = ['tar', '-czf', '-', '--exclude=./.cache', '--exclude=./.kube/cache', '--exclude=./.bash_history', '.'];
/** It tells of each entry before it writes it, with its size. */
export const UNPACK = ['tar', '-xzvvf', '-', '--no-same-owner', '--no-same-permissions', '--numeric-owner', '--quoting-style=escape'];

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

/**
 * Feeds `archive` to `command`. It is ended as soon as what the archive says of itself is more than `limits`; what it does not say, the
 * workspace's own limits hold. Rejects with `ARCHIVE_INVALID` (400), or `FILE_QUOTA` (507) where it is too large.
 */
export async function unpackWith(command: PtyCommand, archive: Readable, limits: { diskBytes: number; files: number }): Promise<void> {
  const { file, args } = withoutOtherFiles(command);
  const child = spawn(file, args, { env: { ...command.env }, cwd: command.cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const tally = new Tally(limits);
  const timer = setTimeout(() => child.pid !== undefined && killSession(child.pid), UNPACK_LIMIT_MS);
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    message = (message + text).slice(0, MAX_MESSAGE);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!tally.add(line) && child.pid !== undefined) {
      killSession(child.pid);
    }
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // The command may end before it has read everything; then its exit code says why.
  const [exitCode] = await Promise.all([ended, pipeline(archive, child.stdin).catch(() => undefined)]);
  clearTimeout(timer);
  if (exitCode === 0 && !tally.isOver) {
    return;
  }
  if (tally.isOver || exitCode === null || exitCode > 128 || /File too large|No space left|File size limit/i.test(message)) {
    throw new DocksideError('FILE_QUOTA', 'The archive holds more than the home folder may. Some of its files may have been unpacked.', {
      status: 507,
    });
  }
  const reason = message.trim().split('\n')[0] ?? '';
  throw new DocksideError('ARCHIVE_INVALID', `The archive could not be unpacked: ${reason}. A .tar.gz file is needed.`, { status: 400 });
}

/** Adds up what tar tells of the entries: mode, owner, size, date, name. */
class Tally {
  readonly #limits: { diskBytes: number; files: number };
  #files = 0;
  #bytes = 0;

  constructor(limits: { diskBytes: number; files: number }) {
    this.#limits = limits;
  }

  get isOver(): boolean {
    return this.#files > this.#limits.files || this.#bytes > this.#limits.diskBytes;
  }

  /** False when it is too much. */
  add(line: string): boolean {
    this.#files += 1;
    this.#bytes += Number(/^-\S* +\S+ +(\d+) /.exec(line)?.[1] ?? 0);
    return !this.isOver;
  }
}
