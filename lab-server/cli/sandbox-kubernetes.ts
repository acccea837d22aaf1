// `dockside sandbox kubernetes`: the embedded cluster alone, for any client on this machine.
import { join, resolve } from 'node:path';
import { startCluster } from '../embedded/kubernetes/cluster.ts';
import { runSandbox, type SandboxCommandOptions, writePrivateFile } from './sandbox-command.ts';

export interface SandboxKubernetesOptions extends SandboxCommandOptions {
  /** Where the kubeconfig is written; a temporary file where absent. */
  kubeconfig?: string;
  nodes: number;
}

/** Prints one line of JSON when the cluster answers, and runs until interrupted. */
export async function sandboxKubernetes(options: SandboxKubernetesOptions): Promise<void> {
  await runSandbox(options, async ({ clock, runtime, folder, scratch, listen }) => {
    const cluster = await startCluster({ clock, runtime, databaseFile: join(folder, 'cluster.sqlite'), listen, nodes: options.nodes });
    const kubeconfig = resolve(options.kubeconfig ?? join(scratch, 'kubeconfig'));
    try {
      writePrivateFile('kubeconfig', kubeconfig, cluster.adminKubeconfig(), '--kubeconfig');
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return { stop: () => cluster.stop(), facts: { endpoint: cluster.url, kubeconfig } };
  });
}
