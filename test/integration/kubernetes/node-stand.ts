// An embedded cluster with durable state and the machine's real kubectl pointed at it, for tests that leave kubectl running.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { type Cluster, startCluster } from '../../../lab-server/embedded/kubernetes/cluster.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';
import type { Runtime } from '../../../lab-server/embedded/runtime/runtime.ts';

/** The kubectl to test with; another one than the first on PATH can be named. */
const KUBECTL = process.env['DOCKSIDE_TEST_KUBECTL'] ?? 'kubectl';

export const hasKubectl = ((): boolean => {
  try {
    execFileSync(KUBECTL, ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export interface Output {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Running {
  cluster: Cluster;
  runtime: Runtime;
}

export class NodeStand implements AsyncDisposable {
  /** Errors that nothing expected. */
  readonly errors: unknown[] = [];
  readonly #folder: string;
  readonly #nodes: number;
  readonly #children = new Set<ChildProcess>();
  #running: Running | undefined;

  private constructor(folder: string, nodes: number) {
    this.#folder = folder;
    this.#nodes = nodes;
  }

  static async open({ nodes = 1 }: { nodes?: number } = {}): Promise<NodeStand> {
    const stand = new NodeStand(await mkdtemp(join(tmpdir(), 'node-stand-')), nodes);
    await stand.#start();
    return stand;
  }

  get cluster(): Cluster {
    if (!this.#running) {
      throw new Error('the cluster is stopped');
    }
    return this.#running.cluster;
  }

  /** Stops the cluster and starts it again from its durable state. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#start();
  }

  /** Runs kubectl to its end, whatever it comes to. */
  async run(args: readonly string[], stdin = ''): Promise<Output> {
    const child = this.start(args);
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    child.stdin?.end(stdin);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, stdout: stdout(), stderr: stderr() };
  }

  /** What kubectl printed; throws when it failed. */
  async kubectl(...args: string[]): Promise<string> {
    return succeeded(args, await this.run(args));
  }

  async apply(manifest: object): Promise<void> {
    succeeded(['apply'], await this.run(['apply', '-f', '-'], JSON.stringify(manifest)));
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl(...args, '-o', 'json')) as T;
  }

  /** Starts kubectl and leaves it running; it ends with the stand. */
  start(args: readonly string[]): ChildProcess {
    const child = spawn(KUBECTL, args, {
      env: { PATH: process.env['PATH'], HOME: this.#folder, KUBECONFIG: join(this.#folder, 'kubeconfig') },
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      child.kill('SIGKILL');
    }
    await this.#stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const clock = new SystemClock();
    const runtime = createRuntime({ clock });
    const cluster = await startCluster({
      clock,
      runtime,
      nodes: this.#nodes,
      listen: { host: '127.0.0.1', port: 0 },
      databaseFile: join(this.#folder, 'cluster.sqlite'),
      report: (error) => this.errors.push(error),
    });
    this.#running = { cluster, runtime };
    await writeFile(join(this.#folder, 'kubeconfig'), cluster.adminKubeconfig(), { mode: 0o600 });
  }

  async #stop(): Promise<void> {
    await this.#running?.cluster.stop();
    await this.#running?.runtime[Symbol.asyncDispose]();
    this.#running = undefined;
  }
}

/** Gathers a stream's text; call the result for what came so far. */
export function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** A pod with one container `main` of busybox, unless told otherwise. */
export function aPod(name: string, container: object, more: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'main', image: 'busybox', ...container }], terminationGracePeriodSeconds: 1, ...more },
  };
}

function succeeded(args: readonly string[], { code, stdout, stderr }: Output): string {
  if (code !== 0) {
    throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
  }
  return stdout;
}
