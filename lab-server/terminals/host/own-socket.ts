// The socket by which the pty host is found: taken in one step, given up only by its owner, watched for its removal.
import { chmodSync, renameSync, rmSync, statSync, watch } from 'node:fs';
import type { Server } from 'node:net';
import { dirname } from 'node:path';

export class OwnSocket {
  readonly #path: string;
  readonly #inode: number;

  /**
   * Makes `server` listen on `path`, for this user alone. A socket that an earlier host left there is replaced in one step, and a host
   * that takes the path in the same moment loses nothing but being found.
   */
  static async listen(server: Server, path: string): Promise<OwnSocket> {
    const own = `${path}.${process.pid}`;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // No moment in which others could connect: the folder of the socket is this user's alone, too.
      server.listen(own, () => {
        server.off('error', reject);
        resolve();
      });
    });
    chmodSync(own, 0o600);
    renameSync(own, path);
    return new OwnSocket(path);
  }

  private constructor(path: string) {
    this.#path = path;
    this.#inode = statSync(path).ino;
  }

  /** Whether a client would find this host by the path. */
  get isFound(): boolean {
    return statSync(this.#path, { throwIfNoEntry: false })?.ino === this.#inode;
  }

  /** Calls `listener` when the socket is removed or replaced, with its whole folder for example. */
  onGone(listener: () => void): Disposable {
    try {
      const watcher = watch(dirname(this.#path), { persistent: false }, () => {
        if (!this.isFound) {
          listener();
        }
      });
      watcher.on('error', () => undefined);
      return { [Symbol.dispose]: () => watcher.close() };
    } catch {
      // The folder is gone already.
      queueMicrotask(listener);
      return { [Symbol.dispose]: () => undefined };
    }
  }

  remove(): void {
    if (this.isFound) {
      rmSync(this.#path, { force: true });
    }
  }
}
