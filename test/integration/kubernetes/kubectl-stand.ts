// An embedded cluster and the real kubectl against it, each test with its own.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Clock, SystemClock } from '../../../lab-server/base/index.ts';
import { type Cluster, startCluster } from '../../../lab-server/embedded/kubernetes/cluster.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';

const run = promisify(execFile);

export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

/** Whether there is a kubectl to test with. */
export function hasKubectl(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export class KubectlStand implements AsyncDisposable {
  readonly cluster: Cluster;
  /** Errors that nothing expected. */
  readonly errors: unknown[];
  readonly #folder: string;
  readonly #parts: AsyncDisposableStack;

  private constructor(cluster: Cluster, errors: unknown[], folder: string, parts: AsyncDisposableStack) {
    this.cluster = cluster;
    this.errors = errors;
    this.#folder = folder;
    this.#parts = parts;
  }

  static async open(options: { clock?: Clock; nodes?: number } = {}): Promise<KubectlStand> {
    const clock = options.clock ?? new SystemClock();
    await using opening = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'dockside-kubectl-'));
    opening.defer(() => rmSync(folder, { recursive: true, force: true }));
    const runtime = opening.use(createRuntime({ clock }));
    const errors: unknown[] = [];
    const report = (error: unknown) => void errors.push(error);
    const cluster = await startCluster({ clock, runtime, nodes: options.nodes, report, listen: { host: '127.0.0.1', port: 0 } });
    opening.defer(() => cluster.stop());
    writeFileSync(join(folder, 'kubeconfig'), cluster.adminKubeconfig(), { mode: 0o600 });
    return new KubectlStand(cluster, errors, folder, opening.move());
  }

  /** The administrator's kubeconfig file. */
  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  /** Runs kubectl with arguments as typed; quotes are not needed, arguments are separated by single spaces. */
  async try(command: string, stdin = ''): Promise<Answer> {
    const running = run('kubectl', ['--kubeconfig', this.kubeconfig, ...command.split(' ')], {
      env: { PATH: process.env.PATH, HOME: this.#folder },
      cwd: this.#folder,
      timeout: 30_000,
    });
    running.child.stdin?.end(stdin);
    try {
      return { code: 0, ...(await running) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
      return { code: code ?? -1, stdout: stdout ?? '', stderr: stderr ?? String(error) };
    }
  }

  /** As `try`, for a command that must succeed; returns what it printed. */
  async kubectl(command: string, stdin = ''): Promise<string> {
    const { code, stdout, stderr } = await this.try(command, stdin);
    if (code !== 0) {
      throw new Error(`kubectl ${command}: exit ${code}: ${stderr}`);
    }
    return stdout;
  }

  /** Applies a manifest: JSON is YAML. */
  async apply(...objects: object[]): Promise<string> {
    return this.kubectl('apply -f -', objects.map((object) => JSON.stringify(object)).join('\n'));
  }

  /** Resolves when `condition` holds after some change in the cluster. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) {
      return;
    }
    await new Promise<void>((resolve) => {
      const watch = this.cluster.client.watchAll(() => {
        if (condition()) {
          // The watch may call back before it has been returned.
          queueMicrotask(() => watch[Symbol.dispose]());
          resolve();
        }
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}
