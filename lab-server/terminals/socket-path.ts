// Where the pty host of a data folder listens.
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocksideError } from '../base/index.ts';
import { WIRE_VERSION } from './host/wire.ts';

/** Longest path that every system takes for a Unix socket (104 bytes), less what the host adds while it takes the path. */
const MAX_SOCKET_PATH = 90;

/** In the data folder, or where that path is too long for a socket, in a folder of this user's own below the temporary one. */
export function socketPathFor(dataFolder: string): string {
  // With the version: after an update a new host runs beside the old one, which ends when its grace time is over.
  const name = `pty-host-${WIRE_VERSION}.sock`;
  const direct = join(dataFolder, name);
  if (direct.length <= MAX_SOCKET_PATH) {
    return direct;
  }
  const hash = createHash('sha256').update(dataFolder).digest('hex').slice(0, 16);
  const user = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `dockside-${user}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The temporary folder is everybody's: someone else's folder of this name must not get our shells.
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== user) {
    throw new DocksideError(
      'TERMINAL_HOST_FAILED',
      `${folder} belongs to another user. Remove it, or use a data folder with a shorter path.`,
    );
  }
  chmodSync(folder, 0o700);
  return join(folder, `${hash}-${name}`);
}
