// One lab on a real cluster: its namespace, the learner's way in, and the network between.
import { KubeConfig } from '@kubernetes/client-node';
import { type Clock, DocksideError } from '../../base/index.ts';
import { type KubernetesEndpoint, KubernetesState } from '../kubernetes-state.ts';
import type { LabContext, Leftover, PlatformState, Sandbox, WorkspaceAccess } from '../sandbox.ts';
import { ClusterApi } from './cluster-api.ts';
import { nodeAddresses, serviceRange } from './cluster-facts.ts';
import { ensureNamespace, identityOf, removeNamespace } from './lab-namespace.ts';
import type { LabIdentity } from './lab-objects.ts';
import { LabState } from './lab-state.ts';
import { type LearnerCluster, learnerKubeconfig, type LearnerToken, requestToken } from './learner-token.ts';
import { API_ADDRESS, ServiceNetwork } from './service-network.ts';

export interface KubeconfigSandboxOptions {
  lab: LabContext;
  clock: Clock;
  /** The operator's kubeconfig, for port-forwards. */
  file: string;
  context?: string | undefined;
  endpoint: KubernetesEndpoint;
  /** This server's name on the cluster. */
  server: string;
}

/** A token is renewed when this part of its life is over, and again after a minute where that fails. */
const RENEW_AFTER = 0.8;
const RENEW_RETRY_MS = 60_000;

interface Running {
  network: ServiceNetwork;
  token: LearnerToken;
  cluster: LearnerCluster;
}

export class KubeconfigSandbox implements Sandbox {
  readonly state: PlatformState;
  readonly failed: Promise<DocksideError>;
  readonly #options: KubeconfigSandboxOptions;
  readonly #identity: LabIdentity;
  readonly #api: ClusterApi;
  readonly #clusterState: KubernetesState;
  readonly #reportFailure: (error: DocksideError) => void;
  readonly #accessListeners = new Set<() => void>();
  #running: Running | undefined;
  #renewal: Disposable | undefined;

  constructor(options: KubeconfigSandboxOptions) {
    this.#options = options;
    this.#identity = identityOf(options.lab, options.server);
    this.#api = new ClusterApi(options.endpoint);
    this.#clusterState = new KubernetesState(options.endpoint, options.clock);
    this.state = new LabState(this.#clusterState, this.#identity.namespace);
    const failed = Promise.withResolvers<DocksideError>();
    this.failed = failed.promise;
    this.#reportFailure = failed.resolve;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { namespace } = this.#identity;
    const { endpoint } = this.#options;
    await ensureNamespace(this.#api, this.#identity);
    signal.throwIfAborted();
    const [token, nodes, range] = await Promise.all([
      requestToken(this.#api, namespace),
      nodeAddresses(this.#api),
      serviceRange(this.#api, namespace),
    ]);
    signal.throwIfAborted();
    const { hostname, port, protocol } = new URL(endpoint.server);
    const apiServer = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || (protocol === 'https:' ? 443 : 80)) };
    const ranges = range === undefined ? [] : [range];
    const network = new ServiceNetwork({ namespace, state: this.state, config: this.#clientConfig(), apiServer, ranges, nodes });
    this.#running = { network, token, cluster: await this.#learnerCluster() };
    this.#renewLater(token);
    void network.follow().catch((error: unknown) => {
      if (this.#running?.network === network) {
        this.#end();
        this.#reportFailure(
          new DocksideError('SANDBOX_LOST', 'The lab’s namespace on the cluster cannot be followed any more: restart the lab.', {
            cause: error,
          }),
        );
      }
    });
  }

  access(): WorkspaceAccess {
    const { network, token, cluster } = this.#now();
    const kubeconfig = (server: LearnerCluster): { content: string; mode: number } => ({
      content: learnerKubeconfig(server, this.#identity.namespace, token.token),
      mode: 0o600,
    });
    const inside = {
      ...cluster,
      server: `https://${API_ADDRESS.address}:${API_ADDRESS.port}`,
      serverName: cluster.serverName ?? new URL(cluster.server).hostname,
    };
    return {
      files: { '.kube/config': kubeconfig(inside) },
      hostFiles: { '.kube/config': kubeconfig(cluster) },
      env: {},
      hosts: {},
      network,
    };
  }

  onAccessChange(listener: () => void): Disposable {
    this.#accessListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#accessListeners.delete(listener) };
  }

  async reset(): Promise<void> {
    this.#end();
    const [left] = await this.#remove();
    if (left) {
      throw new DocksideError('SANDBOX_RESET_FAILED', `The lab's namespace is not gone yet: ${left.remedy}.`, { status: 503 });
    }
    await this.start(new AbortController().signal);
  }

  /** The cluster is not this server's to stop: pods run on, within the lab's quota. */
  suspend(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  async close(): Promise<Leftover[]> {
    this.#end();
    const left = await this.#remove();
    this.#clusterState[Symbol.dispose]();
    return left;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    this.#clusterState[Symbol.dispose]();
    return Promise.resolve();
  }

  #remove(): Promise<Leftover[]> {
    return removeNamespace(this.#api, this.#clusterState, this.#options.clock, this.#identity.namespace);
  }

  #end(): void {
    this.#renewal?.[Symbol.dispose]();
    this.#running?.network[Symbol.dispose]();
    this.#running = undefined;
  }

  #now(): Running {
    if (!this.#running) {
      throw new DocksideError('SANDBOX_NOT_OPEN', 'The lab is not connected to its cluster: open the lab again.', { status: 409 });
    }
    return this.#running;
  }

  #clientConfig(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(this.#options.file);
    if (this.#options.context !== undefined) {
      config.setCurrentContext(this.#options.context);
    }
    return config;
  }

  async #learnerCluster(): Promise<LearnerCluster> {
    const { endpoint } = this.#options;
    const { ca, servername, rejectUnauthorized } = await endpoint.credentials();
    return {
      server: endpoint.server,
      authority: ca === undefined ? undefined : String(ca),
      serverName: servername,
      insecure: rejectUnauthorized === false,
    };
  }

  #renewLater({ expiresAt }: LearnerToken): void {
    const { clock } = this.#options;
    this.#renewal = clock.schedule(Math.max(0, expiresAt - clock.now()) * RENEW_AFTER, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const running = this.#running;
    try {
      const token = await requestToken(this.#api, this.#identity.namespace);
      if (running && running === this.#running) {
        running.token = token;
        this.#renewLater(token);
        this.#accessListeners.forEach((listener) => listener());
      }
    } catch {
      // The cluster may be away for a moment; the token lives for a while yet.
      if (running && running === this.#running) {
        this.#renewal = this.#options.clock.schedule(RENEW_RETRY_MS, () => void this.#renew());
      }
    }
  }
}
