// Sandbox driver `kubeconfig`: a namespace for each lab on any cluster that the operator has a kubeconfig for.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Clock, DocksideError, isDocksideError, messageOf } from '../../base/index.ts';
import { endpointFromKubeconfigFile } from '../kubeconfig-endpoint.ts';
import { type KubernetesEndpoint, KubernetesState } from '../kubernetes-state.ts';
import type { Availability, LabContext, Leftover, Sandbox, SandboxDriver, Stage } from '../sandbox.ts';
import { ClusterApi } from './cluster-api.ts';
import { clusterAvailability } from './cluster-facts.ts';
import { leftoverNamespaces, removeNamespace } from './lab-namespace.ts';

export interface KubeconfigDriverOptions {
  clock: Clock;
  /** The operator's kubeconfig. */
  file: string;
  /** The current context where absent. */
  context?: string | undefined;
  /** Where this server keeps the name by which it finds its namespaces again. */
  dataFolder: string;
}

export class KubeconfigDriver implements SandboxDriver {
  readonly platform = 'kubernetes';
  readonly name = 'kubeconfig';
  readonly fidelity = 'real';
  readonly #options: KubeconfigDriverOptions;

  constructor(options: KubeconfigDriverOptions) {
    this.#options = options;
  }

  async probe(): Promise<Availability> {
    try {
      return await clusterAvailability(new ClusterApi(this.#endpoint()), this.#options.file);
    } catch (error) {
      if (isDocksideError(error)) {
        return { ready: false, reason: error.message, remedy: 'Name a kubeconfig with DOCKSIDE_KUBECONFIG.' };
      }
      throw error;
    }
  }

  async open(lab: LabContext, report: (stage: Stage) => void, signal: AbortSignal): Promise<Sandbox> {
    const [need] = lab.needs ?? [];
    if (need !== undefined) {
      throw new DocksideError(
        'SANDBOX_NEEDS_MORE',
        `This exercise needs more of a cluster than a namespace (${lab.needs?.join(', ')}), which learners do not get on this server's cluster: it can be done on an embedded one.`,
        { status: 409 },
      );
    }
    const stage = { id: 'cluster', text: 'Preparing a namespace on the cluster' };
    report({ ...stage, state: 'running' });
    try {
      mkdirSync(lab.folder, { recursive: true, mode: 0o700 });
      const { clock, file, context } = this.#options;
      // With the Kubernetes client, which servers without this driver need not load.
      const { KubeconfigSandbox } = await import('./sandbox.ts');
      const sandbox = new KubeconfigSandbox({ lab, clock, file, context, endpoint: this.#endpoint(), server: this.#serverName() });
      await sandbox.start(signal);
      report({ ...stage, state: 'done' });
      return sandbox;
    } catch (error) {
      report({ ...stage, state: 'failed' });
      throw isDocksideError(error)
        ? error
        : new DocksideError('SANDBOX_OPEN_FAILED', `The lab's namespace could not be prepared: ${messageOf(error)}.`, { cause: error });
    }
  }

  /** Removes namespaces of labs that a crash left; resolves to what could not be removed. */
  async sweep(): Promise<Leftover[]> {
    const endpoint = this.#endpoint();
    const api = new ClusterApi(endpoint);
    using state = new KubernetesState(endpoint, this.#options.clock);
    const namespaces = await leftoverNamespaces(api, this.#serverName());
    const left = await Promise.all(namespaces.map((namespace) => removeNamespace(api, state, this.#options.clock, namespace)));
    return left.flat();
  }

  #endpoint(): KubernetesEndpoint {
    return endpointFromKubeconfigFile(this.#options.file, this.#options.context);
  }

  /** Several servers may use one cluster; each sweeps its own. */
  #serverName(): string {
    const file = join(this.#options.dataFolder, 'cluster-server-name');
    if (!existsSync(file)) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, randomUUID(), { mode: 0o600, flag: 'wx' });
    }
    return readFileSync(file, 'utf8');
  }
}
