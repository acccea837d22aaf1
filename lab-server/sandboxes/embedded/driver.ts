// Sandbox driver `embedded`, for either platform: a simulation in a worker thread, which to the lab is an endpoint and credentials.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type Clock, DocksideError } from '../../base/index.ts';
import type {
  Availability,
  LabContext,
  Leftover,
  Platform,
  PlatformState,
  PublishedAddress,
  Sandbox,
  SandboxDriver,
  SandboxNetwork,
  Stage,
  StateChange,
  StateDocument,
  StateQuery,
  WorkspaceAccess,
} from '../sandbox.ts';
import { chooseSocketPath, connectThroughTunnel } from './tunnel.ts';
import type { WorkerSources } from './worker-file.ts';
import { type SandboxWorker, WorkerPool } from './worker-pool.ts';

/** What makes one platform's embedded sandbox itself. `Access` is what its worker hands over. */
export interface EmbeddedPlatform<Access> {
  platform: Platform;
  /** As errors call it: `embedded cluster`. */
  what: string;
  /** Shown while it opens. */
  stage: string;
  /** Id of that stage. */
  stageId: string;
  /** Folder below the lab's, and file in it, of the durable state. */
  folder: string;
  databaseFile: string;
  sources: WorkerSources;
  ranges: readonly string[];
  /** Names that only the sandbox's worker knows are asked of it. */
  resolvesNames: boolean;
  /** Calls `listener` when the state has changed, with where. */
  openState(
    access: Access,
    onChanged: (listener: (topics: readonly string[]) => void) => Disposable,
    clock: Clock,
  ): PlatformState & Disposable;
  workspaceAccess(access: Access, lab: LabContext): Omit<WorkspaceAccess, 'network'>;
}

export class EmbeddedDriver<Access> implements SandboxDriver, AsyncDisposable {
  readonly name = 'embedded';
  readonly fidelity = 'embedded';
  readonly #parts: EmbeddedPlatform<Access>;
  readonly #clock: Clock;
  readonly #pool: WorkerPool<Access>;

  constructor(parts: EmbeddedPlatform<Access>, options: { clock: Clock; memoryMb: number }) {
    this.#parts = parts;
    this.#clock = options.clock;
    this.#pool = new WorkerPool({ ...options, sources: parts.sources, what: parts.what });
  }

  get platform(): Platform {
    return this.#parts.platform;
  }

  /** Loads a spare thread ahead of the first lab. */
  warm(): void {
    this.#pool.warm();
  }

  probe(): Promise<Availability> {
    return Promise.resolve({ ready: true });
  }

  async open(lab: LabContext, report: (stage: Stage) => void, signal: AbortSignal): Promise<Sandbox> {
    const folder = join(lab.folder, this.#parts.folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stage = { id: this.#parts.stageId, text: this.#parts.stage };
    report({ ...stage, state: 'running' });
    try {
      const sandbox = new EmbeddedSandbox(this.#parts, { lab, folder, pool: this.#pool, clock: this.#clock });
      await sandbox.start(signal);
      report({ ...stage, state: 'done' });
      return sandbox;
    } catch (error) {
      report({ ...stage, state: 'failed' });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}

interface SandboxOptions<Access> {
  lab: LabContext;
  folder: string;
  pool: WorkerPool<Access>;
  clock: Clock;
}

/** One run of the sandbox's thread, with what the lab server opened towards it. */
interface Run<Access> {
  worker: SandboxWorker<Access>;
  state: PlatformState & Disposable;
  socket: { path: string; remove(): void };
}

class EmbeddedSandbox<Access> implements Sandbox, PlatformState, SandboxNetwork {
  readonly state: PlatformState = this;
  readonly failed: Promise<DocksideError>;
  readonly #parts: EmbeddedPlatform<Access>;
  readonly #options: SandboxOptions<Access>;
  readonly #reportFailure: (error: DocksideError) => void;
  readonly #addressListeners = new Set<() => void>();
  readonly #stateListeners = new Set<(topics: readonly string[]) => void>();
  #published: readonly PublishedAddress[] = [];
  #run: Run<Access> | undefined;

  constructor(parts: EmbeddedPlatform<Access>, options: SandboxOptions<Access>) {
    this.#parts = parts;
    this.#options = options;
    const failed = Promise.withResolvers<DocksideError>();
    this.failed = failed.promise;
    this.#reportFailure = failed.resolve;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { folder, pool, clock } = this.#options;
    const socket = chooseSocketPath(folder, 'network');
    try {
      const worker = await pool.open({ databaseFile: join(folder, this.#parts.databaseFile), socketPath: socket.path }, signal);
      worker.onPublished((addresses) => this.#publish(addresses));
      worker.onChanged((topics) => this.#stateListeners.forEach((listener) => listener(topics)));
      const state = this.#parts.openState(worker.opened.access, (listener) => subscribe(this.#stateListeners, listener), clock);
      const run = { worker, socket, state };
      this.#run = run;
      this.#publish(worker.opened.published);
      void worker.crashed.then((error) => {
        if (this.#run === run) {
          this.#end();
          this.#reportFailure(error);
        }
      });
    } catch (error) {
      socket.remove();
      throw error;
    }
  }

  get ranges(): readonly string[] {
    return this.#parts.ranges;
  }

  access(): WorkspaceAccess {
    return { ...this.#parts.workspaceAccess(this.#running().worker.opened.access, this.#options.lab), network: this };
  }

  read(query: StateQuery, signal: AbortSignal): Promise<StateDocument[]> {
    return this.#running().state.read(query, signal);
  }

  changes(query: StateQuery, signal: AbortSignal): AsyncIterable<StateChange> {
    return this.#running().state.changes(query, signal);
  }

  published(): readonly PublishedAddress[] {
    return this.#published;
  }

  onChange(listener: () => void): Disposable {
    return subscribe(this.#addressListeners, listener);
  }

  async resolve(name: string): Promise<string | undefined> {
    return this.#parts.resolvesNames ? await this.#run?.worker.resolve(name) : undefined;
  }

  async connect(target: PublishedAddress): Promise<Duplex> {
    if (!this.#run) {
      throw Object.assign(new Error(`connect EHOSTUNREACH ${target.address}:${target.port}`), { code: 'EHOSTUNREACH' });
    }
    return connectThroughTunnel(this.#run.socket.path, target.address, target.port);
  }

  async reset(): Promise<void> {
    await this.suspend();
    this.#removeState();
    await this.start(new AbortController().signal);
  }

  async suspend(): Promise<void> {
    const { worker } = this.#end() ?? {};
    await worker?.stop();
  }

  async close(): Promise<Leftover[]> {
    await this.suspend();
    try {
      this.#removeState();
      return [];
    } catch {
      const { folder } = this.#options;
      return [{ what: `the ${this.#parts.what}’s state`, where: folder, remedy: `remove the folder ${folder}` }];
    }
  }

  /** The server stops: the state stays for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.suspend();
  }

  #running(): Run<Access> {
    if (!this.#run) {
      throw new DocksideError('SANDBOX_NOT_OPEN', `The ${this.#parts.what} is not running: open the lab again.`, { status: 409 });
    }
    return this.#run;
  }

  #end(): Run<Access> | undefined {
    const run = this.#run;
    this.#run = undefined;
    run?.state[Symbol.dispose]();
    run?.socket.remove();
    this.#publish([]);
    return run;
  }

  #publish(addresses: readonly PublishedAddress[]): void {
    this.#published = addresses;
    this.#addressListeners.forEach((listener) => listener());
  }

  #removeState(): void {
    rmSync(this.#options.folder, { recursive: true, force: true });
    mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
  }
}

function subscribe<Listener>(listeners: Set<Listener>, listener: Listener): Disposable {
  listeners.add(listener);
  return { [Symbol.dispose]: () => void listeners.delete(listener) };
}
