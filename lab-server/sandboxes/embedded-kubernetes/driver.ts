// Sandbox driver `embedded` for Kubernetes: our own control plane in a worker thread, which to the lab is an endpoint and credentials.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type Clock, DocksideError } from '../../base/index.ts';
import { endpointFromKubeconfig } from '../kubeconfig-endpoint.ts';
import { KubernetesState } from '../kubernetes-state.ts';
import type {
  Availability,
  LabContext,
  Leftover,
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
import { type ClusterWorker, WorkerPool } from './worker-pool.ts';

/** Minikube's: services, pods, and the node's own network. */
const RANGES = ['10.96.0.0/12', '10.244.0.0/16', '192.168.49.0/24'] as const;
const NODE_ADDRESS = '192.168.49.2';

export class EmbeddedKubernetesDriver implements SandboxDriver, AsyncDisposable {
  readonly platform = 'kubernetes';
  readonly name = 'embedded';
  readonly fidelity = 'embedded';
  readonly #clock: Clock;
  readonly #pool: WorkerPool;

  constructor(options: { clock: Clock; memoryMb: number }) {
    this.#clock = options.clock;
    this.#pool = new WorkerPool(options);
  }

  /** Loads a spare cluster thread ahead of the first lab. */
  warm(): void {
    this.#pool.warm();
  }

  probe(): Promise<Availability> {
    return Promise.resolve({ ready: true });
  }

  async open(lab: LabContext, report: (stage: Stage) => void, signal: AbortSignal): Promise<Sandbox> {
    const folder = join(lab.folder, 'kubernetes');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    report({ id: 'cluster', text: 'Starting the Kubernetes cluster', state: 'running' });
    try {
      const sandbox = new EmbeddedKubernetesSandbox(folder, this.#pool, this.#clock);
      await sandbox.start(signal);
      report({ id: 'cluster', text: 'Starting the Kubernetes cluster', state: 'done' });
      return sandbox;
    } catch (error) {
      report({ id: 'cluster', text: 'Starting the Kubernetes cluster', state: 'failed' });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}

/** One run of the cluster's thread, with what the lab server opened towards it. */
interface Run {
  worker: ClusterWorker;
  state: KubernetesState;
  socket: { path: string; remove(): void };
}

class EmbeddedKubernetesSandbox implements Sandbox, PlatformState, SandboxNetwork {
  readonly ranges = RANGES;
  readonly state: PlatformState = this;
  readonly failed: Promise<DocksideError>;
  readonly #folder: string;
  readonly #pool: WorkerPool;
  readonly #clock: Clock;
  readonly #reportFailure: (error: DocksideError) => void;
  readonly #listeners = new Set<() => void>();
  #published: readonly PublishedAddress[] = [];
  #run: Run | undefined;

  constructor(folder: string, pool: WorkerPool, clock: Clock) {
    this.#folder = folder;
    this.#pool = pool;
    this.#clock = clock;
    const failed = Promise.withResolvers<DocksideError>();
    this.failed = failed.promise;
    this.#reportFailure = failed.resolve;
  }

  async start(signal: AbortSignal): Promise<void> {
    const socket = chooseSocketPath(this.#folder, 'cluster');
    try {
      const worker = await this.#pool.open({ databaseFile: join(this.#folder, 'cluster.sqlite'), socketPath: socket.path }, signal);
      worker.onPublished((addresses) => this.#publish(addresses));
      const run = { worker, socket, state: new KubernetesState(endpointFromKubeconfig(worker.opened.loopbackKubeconfig), this.#clock) };
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

  access(): WorkspaceAccess {
    const { kubeconfig, loopbackKubeconfig } = this.#running().worker.opened;
    return {
      files: { '.kube/config': { content: kubeconfig, mode: 0o600 } },
      hostFiles: { '.kube/config': { content: loopbackKubeconfig, mode: 0o600 } },
      env: {},
      hosts: { 'control-plane.minikube.internal': NODE_ADDRESS, 'host.minikube.internal': '192.168.49.1' },
      network: this,
    };
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
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
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
      return [{ what: 'the embedded cluster’s state', where: this.#folder, remedy: `remove the folder ${this.#folder}` }];
    }
  }

  /** The server stops: the cluster's state stays for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.suspend();
  }

  #running(): Run {
    if (!this.#run) {
      throw new DocksideError('SANDBOX_NOT_OPEN', 'The cluster is not running: open the lab again.', { status: 409 });
    }
    return this.#run;
  }

  #end(): Run | undefined {
    const run = this.#run;
    this.#run = undefined;
    run?.state[Symbol.dispose]();
    run?.socket.remove();
    this.#publish([]);
    return run;
  }

  #publish(addresses: readonly PublishedAddress[]): void {
    this.#published = addresses;
    this.#listeners.forEach((listener) => listener());
  }

  #removeState(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }
}
