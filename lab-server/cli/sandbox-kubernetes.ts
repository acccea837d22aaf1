// `dockside sandbox kubernetes`: the embedded cluster alone, for any client on this machine.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DocksideError, messageOf, SystemClock } from '../base/index.ts';
import { makeFolder } from '../config.ts';
import { startCluster } from '../embedded/kubernetes/cluster.ts';
import { createRuntime } from '../embedded/runtime/index.ts';
import { onInterruption } from './interruption.ts';

export interface SandboxKubernetesOptions {
  /** Where the kubeconfig is written; a temporary file where absent. */
  kubeconfig?: string;
  port: number;
  /** Folder of the durable state; without one, the cluster is gone when the command ends. */
  data?: string;
  nodes: number;
}

/** Prints one line of JSON when the cluster answers, and runs until interrupted. */
export async function sandboxKubernetes(options: SandboxKubernetesOptions): Promise<void> {
  using interruption = onInterruption();
  await using opened = new AsyncDisposableStack();
  const scratch = mkdtempSync(join(tmpdir(), 'dockside-sandbox-'));
  opened.defer(() => rmSync(scratch, { recursive: true, force: true }));
  const folder = resolve(options.data ?? scratch);
  try {
    makeFolder(folder);
  } catch (error) {
    throw new DocksideError(
      'DATA_NOT_WRITABLE',
      `The folder ${folder} cannot be made (${messageOf(error)}): name another one with --data.`,
      { cause: error },
    );
  }
  const clock = new SystemClock();
  const runtime = opened.use(createRuntime({ clock }));
  const cluster = await startCluster({
    clock,
    runtime,
    databaseFile: join(folder, 'cluster.sqlite'),
    listen: { host: '127.0.0.1', port: options.port },
    nodes: options.nodes,
  }).catch((error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw taken
      ? new DocksideError(
          'SERVER_CANNOT_LISTEN',
          `The port ${options.port} is in use: choose another one with --port, or 0 for a free one.`,
          { cause: error },
        )
      : error;
  });
  opened.defer(() => cluster.stop());
  const file = resolve(options.kubeconfig ?? join(scratch, 'kubeconfig'));
  writeKubeconfig(file, cluster.adminKubeconfig());
  console.log(
    JSON.stringify({ endpoint: cluster.url, kubeconfig: file, data: options.data === undefined ? null : folder, pid: process.pid }),
  );
  await interruption.asked;
}

function writeKubeconfig(file: string, text: string): void {
  try {
    makeFolder(dirname(file));
    writeFileSync(file, text, { mode: 0o600 });
  } catch (error) {
    throw new DocksideError(
      'DATA_NOT_WRITABLE',
      `The kubeconfig ${file} cannot be written (${messageOf(error)}): name another file with --kubeconfig.`,
      {
        cause: error,
      },
    );
  }
}
