// The frame of every embedded sandbox's worker thread: opens once, serves the way into the network, tells of changes, and stops when it is told to.
import { parentPort } from 'node:worker_threads';
import type { Duplex } from 'node:stream';
import { SystemClock, type Clock } from '../../base/index.ts';
import type { PublishedAddress } from '../sandbox.ts';
import { compactHeap } from './compact-heap.ts';
import type { FromWorker, OpenRequest, ToWorker } from './messages.ts';
import { serveTunnel } from './tunnel.ts';

/** After opening, when the learner's first commands have been answered. */
const COMPACT_AFTER_MS = 5000;

/** SQLite's name for a database that ends with its connection. */
const NOTHING_KEPT = ':memory:';

/** A sandbox that runs in this thread. */
export interface HostedSandbox<Access> extends AsyncDisposable {
  access: Access;
  published(): readonly PublishedAddress[];
  onPublished(listener: () => void): Disposable;
  /** Absent where the state has a watch of its own. */
  onChanged?(listener: (topics: readonly string[]) => void): Disposable;
  resolve?(name: string): string | undefined;
  connect(address: string, port: number): Promise<Duplex>;
}

/** Serves this thread's one sandbox, which `open` makes when the lab server asks for it. */
export function hostSandbox<Access>(open: (clock: Clock, databaseFile: string) => Promise<HostedSandbox<Access>>): void {
  const port = parentPort;
  if (!port) {
    throw new Error('this file is a worker thread of the lab server');
  }
  const clock = new SystemClock();
  const owned = new AsyncDisposableStack();
  let sandbox: HostedSandbox<Access> | undefined;
  let rehearsal: Promise<void> | undefined;
  let isAsked = false;
  const tell = (message: FromWorker<Access>): void => port.postMessage(message);

  /** Opens a sandbox for nobody: what runs for the first time takes twice as long, and a learner's opening is then not the first. */
  async function rehearse(): Promise<void> {
    const nobodys = await open(clock, NOTHING_KEPT);
    await nobodys[Symbol.asyncDispose]();
    compactHeap();
  }

  async function start({ databaseFile, socketPath }: OpenRequest): Promise<void> {
    isAsked = true;
    // What went wrong there goes wrong here too, and is told then.
    await rehearsal?.catch(() => undefined);
    const started = owned.use(await open(clock, databaseFile));
    sandbox = started;
    owned.use(await serveTunnel(socketPath, (address, targetPort) => started.connect(address, targetPort)));
    owned.use(started.onPublished(() => tell({ type: 'published', addresses: started.published() })));
    const changes = started.onChanged?.((topics) => tell({ type: 'changed', topics }));
    if (changes) {
      owned.use(changes);
    }
    tell({ type: 'opened', access: started.access, published: started.published() });
    owned.use(clock.schedule(COMPACT_AFTER_MS, compactHeap));
  }

  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'open':
        start(message).catch((error: unknown) => {
          const { message: text, stack } = error instanceof Error ? error : new Error(String(error));
          tell({ type: 'refused', message: text, stack });
        });
        return;
      case 'resolve':
        tell({ type: 'resolved', id: message.id, address: sandbox?.resolve?.(message.name) });
        return;
      case 'stop':
        void owned.disposeAsync().finally(() => process.exit(sandbox ? 0 : 1));
    }
  });

  compactHeap();
  tell({ type: 'loaded' });
  // A thread that was started for a lab has its request by now.
  setImmediate(() => {
    if (!isAsked) {
      rehearsal = rehearse();
      rehearsal.catch(() => undefined);
    }
  });
}
