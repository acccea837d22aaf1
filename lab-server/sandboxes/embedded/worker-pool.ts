// Worker threads for embedded sandboxes, one each, with one spare whose modules are loaded already: opening a lab then takes milliseconds.
import { Worker } from 'node:worker_threads';
import { type Clock, DocksideError } from '../../base/index.ts';
import type { FromWorker, Opened, OpenRequest, ToWorker } from './messages.ts';
import type { PublishedAddress } from '../sandbox.ts';
import { allowCompaction } from './compact-heap.ts';
import { workerFile, type WorkerSources } from './worker-file.ts';

/** Loading the spare's modules takes a second of CPU: it waits until the lab that took the last one has opened. */
const REFILL_DELAY_MS = 1500;
/** Small on purpose: a sandbox makes little garbage, and what is reserved for it is paid by every open lab. */
const YOUNG_GENERATION_MB = 2;
/** A worker that does not stop by itself is ended. */
const STOP_DEADLINE_MS = 5000;

/** A sandbox in its thread. */
export interface SandboxWorker<Access> {
  readonly opened: Opened<Access>;
  onPublished(listener: (addresses: readonly PublishedAddress[]) => void): void;
  onChanged(listener: (topics: readonly string[]) => void): void;
  /** The address of a host name that the sandbox knows. */
  resolve(name: string): Promise<string | undefined>;
  /** Resolves when the thread ended by itself. */
  readonly crashed: Promise<DocksideError>;
  stop(): Promise<void>;
}

export interface WorkerPoolOptions {
  clock: Clock;
  memoryMb: number;
  sources: WorkerSources;
  /** What runs in a thread, as an error calls it: `embedded cluster`. */
  what: string;
}

export class WorkerPool<Access> implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  readonly #clock: Clock;
  readonly #file: URL;
  readonly #running = new Set<Thread<Access>>();
  #spare: Thread<Access> | undefined;
  #refill: Disposable | undefined;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#file = workerFile(options.sources);
    allowCompaction();
  }

  /** Makes the spare ready before anyone asks. */
  warm(): void {
    if (!this.#closed) {
      this.#spare ??= this.#start();
    }
  }

  /** Opens a sandbox in a thread of its own. */
  async open(request: OpenRequest, signal: AbortSignal): Promise<SandboxWorker<Access>> {
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

  #start(): Thread<Access> {
    const thread = new Thread<Access>(this.#file, this.#options, () => {
      this.#running.delete(thread);
      if (this.#spare === thread) {
        this.#spare = undefined;
      }
    });
    this.#running.add(thread);
    return thread;
  }
}

class Thread<Access> implements SandboxWorker<Access> {
  readonly #what: string;
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #exited: Promise<void>;
  readonly #publishedListeners: ((addresses: readonly PublishedAddress[]) => void)[] = [];
  readonly #changedListeners: ((topics: readonly string[]) => void)[] = [];
  readonly #lookups = new Map<number, (address: string | undefined) => void>();
  readonly crashed: Promise<DocksideError>;
  #opened: Opened<Access> | undefined;
  #stopping = false;
  #lastLookup = 0;
  #settle: { resolve(opened: Opened<Access>): void; reject(error: Error): void } | undefined;

  constructor(file: URL, { memoryMb, clock, sources, what }: WorkerPoolOptions, onExit: () => void) {
    this.#clock = clock;
    this.#what = what;
    this.#worker = new Worker(file, {
      name: sources.name,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      // A sandbox sees nothing of the server's environment.
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    let failure: unknown;
    this.#worker.on('error', (error: unknown) => (failure = error));
    this.#worker.on('message', (message: FromWorker<Access>) => this.#receive(message));
    const crashed = Promise.withResolvers<DocksideError>();
    this.crashed = crashed.promise;
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        onExit();
        const error = describeEnd(failure, code, memoryMb, what);
        this.#settle?.reject(error);
        this.#lookups.forEach((answer) => answer(undefined));
        if (!this.#stopping) {
          crashed.resolve(error);
        }
        resolve();
      });
    });
  }

  get opened(): Opened<Access> {
    if (!this.#opened) {
      throw new DocksideError('SANDBOX_NOT_OPEN', `The ${this.#what} is not open yet.`);
    }
    return this.#opened;
  }

  open(request: OpenRequest, signal: AbortSignal): Promise<SandboxWorker<Access>> {
    return new Promise<Opened<Access>>((resolve, reject) => {
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
    this.#publishedListeners.push(listener);
  }

  onChanged(listener: (topics: readonly string[]) => void): void {
    this.#changedListeners.push(listener);
  }

  resolve(name: string): Promise<string | undefined> {
    const id = (this.#lastLookup += 1);
    return new Promise((resolve) => {
      this.#lookups.set(id, resolve);
      this.#tell({ type: 'resolve', id, name });
    });
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

  #receive(message: FromWorker<Access>): void {
    switch (message.type) {
      case 'loaded':
        return;
      case 'opened':
        this.#settle?.resolve(message);
        this.#settle = undefined;
        return;
      case 'published':
        this.#publishedListeners.forEach((listener) => listener(message.addresses));
        return;
      case 'changed':
        this.#changedListeners.forEach((listener) => listener(message.topics));
        return;
      case 'resolved':
        this.#lookups.get(message.id)?.(message.address);
        this.#lookups.delete(message.id);
        return;
      case 'refused':
        this.#settle?.reject(
          new DocksideError('SANDBOX_OPEN_FAILED', `The ${this.#what} did not start: ${message.message}.`, { cause: message.stack }),
        );
        this.#settle = undefined;
    }
  }
}

function describeEnd(failure: unknown, exitCode: number, memoryMb: number, what: string): DocksideError {
  if (failure instanceof Error && 'code' in failure && failure.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new DocksideError(
      'SANDBOX_OUT_OF_MEMORY',
      `The ${what} needed more than its ${memoryMb} MB of memory and was ended. Restart it: what was stored is kept.`,
      { cause: failure },
    );
  }
  return new DocksideError('SANDBOX_CRASHED', `The ${what} ended by itself (code ${exitCode}). Restart it: what was stored is kept.`, {
    cause: failure,
  });
}
