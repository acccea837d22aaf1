// Worker threads for clusters, with one spare whose modules are loaded already: opening a lab then takes milliseconds.
import { Worker } from 'node:worker_threads';
import { type Clock, DocksideError } from '../../base/index.ts';
import type { FromWorker, OpenClusterRequest, OpenedCluster, ToWorker } from './messages.ts';
import type { PublishedAddress } from '../sandbox.ts';
import { workerFile } from './worker-file.ts';

/** Loading the spare's modules takes a second of CPU: it waits until the lab that took the last one has opened. */
const REFILL_DELAY_MS = 1500;
/** Small on purpose: a cluster makes little garbage, and what is reserved for it is paid by every open lab. */
const YOUNG_GENERATION_MB = 2;
/** A worker that does not stop by itself is ended. */
const STOP_DEADLINE_MS = 5000;

/** A cluster in its thread. */
export interface ClusterWorker {
  readonly opened: OpenedCluster;
  onPublished(listener: (addresses: readonly PublishedAddress[]) => void): void;
  /** Resolves when the thread ended by itself. */
  readonly crashed: Promise<DocksideError>;
  stop(): Promise<void>;
}

export class WorkerPool implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #memoryMb: number;
  readonly #file = workerFile();
  readonly #running = new Set<Thread>();
  #spare: Thread | undefined;
  #refill: Disposable | undefined;
  #closed = false;

  constructor(options: { clock: Clock; memoryMb: number }) {
    this.#clock = options.clock;
    this.#memoryMb = options.memoryMb;
  }

  /** Makes the spare ready before anyone asks. */
  warm(): void {
    if (!this.#closed) {
      this.#spare ??= this.#start();
    }
  }

  /** Opens a cluster in a thread of its own. */
  async open(request: Omit<OpenClusterRequest, 'type'>, signal: AbortSignal): Promise<ClusterWorker> {
    if (this.#closed) {
      throw new DocksideError('SERVER_STOPPING', 'The server is stopping and opens no more labs.', { status: 503 });
    }
    const thread = this.#spare ?? this.#start();
    this.#spare = undefined;
    this.#refill?.[Symbol.dispose]();
    this.#refill = this.#clock.schedule(REFILL_DELAY_MS, () => this.warm());
    try {
      return await thread.open(request, signal);
    } catch (error) {
      await thread.stop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#refill?.[Symbol.dispose]();
    await Promise.all([...this.#running].map((thread) => thread.stop()));
  }

  #start(): Thread {
    const thread = new Thread(this.#file, this.#memoryMb, this.#clock, () => {
      this.#running.delete(thread);
      if (this.#spare === thread) {
        this.#spare = undefined;
      }
    });
    this.#running.add(thread);
    return thread;
  }
}

class Thread implements ClusterWorker {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #exited: Promise<void>;
  readonly #listeners: ((addresses: readonly PublishedAddress[]) => void)[] = [];
  readonly crashed: Promise<DocksideError>;
  #opened: OpenedCluster | undefined;
  #stopping = false;
  #settle: { resolve(opened: OpenedCluster): void; reject(error: Error): void } | undefined;

  constructor(file: URL, memoryMb: number, clock: Clock, onExit: () => void) {
    this.#clock = clock;
    this.#worker = new Worker(file, {
      name: 'embedded-kubernetes',
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      // A cluster sees nothing of the server's environment.
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    let failure: unknown;
    this.#worker.on('error', (error: unknown) => (failure = error));
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    const crashed = Promise.withResolvers<DocksideError>();
    this.crashed = crashed.promise;
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        onExit();
        const error = describeEnd(failure, code, memoryMb);
        this.#settle?.reject(error);
        if (!this.#stopping) {
          crashed.resolve(error);
        }
        resolve();
      });
    });
  }

  get opened(): OpenedCluster {
    if (!this.#opened) {
      throw new DocksideError('SANDBOX_NOT_OPEN', 'The cluster is not open yet.');
    }
    return this.#opened;
  }

  open(request: Omit<OpenClusterRequest, 'type'>, signal: AbortSignal): Promise<ClusterWorker> {
    return new Promise<OpenedCluster>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) {
        onAbort();
      }
      this.#settle = { resolve, reject };
      this.#tell({ type: 'open', ...request });
    }).then((opened) => {
      this.#opened = opened;
      return this;
    });
  }

  onPublished(listener: (addresses: readonly PublishedAddress[]) => void): void {
    this.#listeners.push(listener);
  }

  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#tell({ type: 'stop' });
    }
    using _deadline = this.#clock.schedule(STOP_DEADLINE_MS, () => void this.#worker.terminate());
    await this.#exited;
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'loaded':
        return;
      case 'opened':
        this.#settle?.resolve(message);
        this.#settle = undefined;
        return;
      case 'published':
        this.#listeners.forEach((listener) => listener(message.addresses));
        return;
      case 'refused':
        this.#settle?.reject(
          new DocksideError('SANDBOX_OPEN_FAILED', `The embedded cluster did not start: ${message.message}.`, { cause: message.stack }),
        );
        this.#settle = undefined;
    }
  }
}

function describeEnd(failure: unknown, exitCode: number, memoryMb: number): DocksideError {
  if (failure instanceof Error && 'code' in failure && failure.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new DocksideError(
      'SANDBOX_OUT_OF_MEMORY',
      `The embedded cluster needed more than its ${memoryMb} MB of memory and was ended. Restart it: what was stored is kept.`,
      { cause: failure },
    );
  }
  return new DocksideError(
    'SANDBOX_CRASHED',
    `The embedded cluster ended by itself (code ${exitCode}). Restart it: what was stored is kept.`,
    {
      cause: failure,
    },
  );
}
