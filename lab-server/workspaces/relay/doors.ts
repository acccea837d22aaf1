// How listening sockets come to be inside a workspace's network: one implementation for each kind of workspace.
import type { Duplex } from 'node:stream';

export interface Door {
  /** No more connections come; those that stand stay. */
  close(): void;
}

export interface Doors extends AsyncDisposable {
  /** Listens on a TCP address inside the workspace. Rejects when that cannot be. */
  listen(address: string, port: number, events: { connection(connection: Duplex): void; error(error: Error): void }): Promise<Door>;
  /** Answers the workspace's DNS messages (UDP); no answer where `answer` gives none. */
  serveNames(address: string, port: number, answer: (message: Buffer) => Promise<Buffer | undefined>): Promise<Door>;
}

/** Ends a connection as one that nobody listens to ends: at once, and so that the other side sees it. */
export function reset(connection: Duplex): void {
  if ('resetAndDestroy' in connection && typeof connection.resetAndDestroy === 'function') {
    connection.resetAndDestroy();
  } else {
    connection.destroy(new Error('reset'));
  }
}
