// One embedded cluster, put together: state, API server, controllers, scheduler, network and nodes.
import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/index.ts';
import { createAuthority, issueCertificate, type KeyAndCertificate } from '../runtime/certificates/certificates.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { Admission } from './api/admission/admission.ts';
import { admissionPlugins } from './api/admission/plugins.ts';
import { AddressRange, PortRange } from './api/allocation.ts';
import { ApiServiceRegistration } from './api/api-services.ts';
import { Authenticator } from './api/auth/authenticate.ts';
import { Authorizer } from './api/auth/authorize.ts';
import { clusterIdentity } from './api/auth/identity.ts';
import { adminKubeconfig } from './api/auth/kubeconfig.ts';
import { ISSUER, TokenIssuer } from './api/auth/tokens.ts';
import { Definitions } from './api/custom/definitions.ts';
import { type ApiCore, DEFAULT_LIMITS, type Limits } from './api/core.ts';
import { Discovery } from './api/discovery.ts';
import { OpenApi } from './api/openapi/documents.ts';
import { KindRegistry } from './api/registry.ts';
import { startApiServer } from './api/server.ts';
import { handleUpgrade, openLog, type StreamingHost } from './api/streaming/index.ts';
import { virtualKinds } from './api/virtual/kinds.ts';
import { Watches } from './api/watches.ts';
import { bootstrap } from './bootstrap/bootstrap.ts';
import { CoreClient } from './client.ts';
import type { ClusterClient } from './cluster-client.ts';
import { startControllers } from './controllers/index.ts';
import { Addons } from './machines/addons.ts';
import { type Beginning, ClusterLife } from './machines/cluster-life.ts';
import { answerMachines } from './machines/machine-api.ts';
import { Snapshots } from './machines/snapshots.ts';
import { metricsOf, readUsage } from './metrics.ts';
import { Heartbeats } from './kubelet/index.ts';
import { createClusterNetwork, IngressRouter, type PublishedAddress } from './network/index.ts';
import { NodePower } from './node-power.ts';
import { Nodes } from './nodes.ts';
import { kinds } from './resources/index.ts';
import { startScheduler } from './scheduler/index.ts';
import { loadSchema } from './schema/index.ts';
import { NoJournal, ObjectStore, SqliteJournal } from './storage/index.ts';
import type { Service } from './types.ts';

export type { PublishedAddress } from './network/index.ts';

const SERVICE_RANGE = '10.96.0.0/12';
const NODE_PORTS = [30_000, 32_767] as const;
/** Where minikube's API server is. */
const API_SERVER = { address: '192.168.49.2', port: 8443 };

export interface ClusterOptions {
  clock: Clock;
  runtime: Runtime;
  /** SQLite file of the durable state; without one, the cluster is gone when it stops. */
  databaseFile?: string;
  /** Where the API server listens on this machine; port 0 takes a free one. */
  listen: { host: string; port: number };
  /** Nodes of a new cluster; default 1. */
  nodes?: number;
  limits?: Partial<Limits>;
  /** Told of errors that nothing expects; they are bugs. The default warns on the process. */
  report?: (error: unknown) => void;
}

export interface Cluster {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** PEM. */
  readonly caCertificate: string;
  /** The API in process, as an administrator. */
  readonly client: ClusterClient;
  /** The machines of the cluster: add, stop, start, delete. */
  readonly nodes: Nodes;
  /** Whether metrics of pods and nodes are served, as `minikube addons enable metrics-server` has it; without, `kubectl top` has no figures. */
  setMetricsServer(isInstalled: boolean): void;
  /** As minikube writes it; `serverUrl` defaults to `url`. */
  adminKubeconfig(serverUrl?: string): string;
  /** Addresses of the cluster that a learner's machine can reach. */
  published(): readonly PublishedAddress[];
  onChange(listener: () => void): Disposable;
  /** Connects to an address of the cluster from outside it. */
  connect(target: PublishedAddress): Promise<Duplex>;
  /** Stops everything. Durable state stays. */
  stop(): Promise<void>;
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { clock, runtime } = options;
  const report = options.report ?? warn;
  await using opening = new AsyncDisposableStack();
  const schema = loadSchema();
  const store = opening.use(
    new ObjectStore({ journal: options.databaseFile === undefined ? new NoJournal() : new SqliteJournal(options.databaseFile), report }),
  );
  const registry = new KindRegistry([...kinds, ...virtualKinds], schema);
  const authorizer = opening.use(new Authorizer(store));
  const heartbeats = new Heartbeats(clock);
  const core: ApiCore = {
    store,
    registry,
    schema,
    clock,
    admission: new Admission(admissionPlugins(authorizer)),
    addresses: new AddressRange(SERVICE_RANGE),
    ports: new PortRange(...NODE_PORTS),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    present: (object) => heartbeats.present(object),
  };
  restoreAllocations(core);
  const identity = clusterIdentity(store, clock.now());
  const issuer = new TokenIssuer(identity.tokenKey, identity.tokenKeyId);
  const client = new CoreClient(core, { user: 'system:admin', fieldManager: 'cluster' });
  opening.use(new Definitions(core, client));
  const discovery = new Discovery(registry);
  const apiServices = opening.use(new ApiServiceRegistration(core, client, discovery));
  const addons = new Addons(client);

  const network = opening.use(createClusterNetwork({ client, clock, network: runtime.network, apiServer: API_SERVER }));
  const nodes = opening.use(
    new Nodes({
      client,
      clock,
      runtime,
      heartbeats,
      power: new NodePower(store),
      snapshots: new Snapshots(store),
      report,
      issueToken: ({ namespace, serviceAccount, audience, expirationSeconds, pod }) => {
        const account = store.table('serviceaccounts').get(`${namespace}/${serviceAccount}`)?.object;
        const subject = { namespace, name: serviceAccount, uid: account?.metadata.uid ?? '', pod };
        return issuer.issue(subject, [audience ?? ISSUER], expirationSeconds, clock.now());
      },
    }),
  );
  const listeners = new Set<() => void>();
  const lifeOptions = {
    core,
    begin: ({ rebooted, nodes: count }: Beginning): Disposable => {
      const parts = new DisposableStack();
      parts.use(bootstrap(client, { apiServer: API_SERVER }));
      nodes.start(count, rebooted);
      parts.defer(() => nodes.haltAll());
      parts.use(
        startControllers({
          client,
          clock,
          authority: identity.authority,
          metrics: metricsOf(nodes, clock, () => apiServices.isMetricsServed),
          heartbeats,
          issueToken: (account) => issuer.issue(account, [ISSUER], LEGACY_TOKEN_SECONDS, clock.now()),
          onError: ({ error, isBug }) => (isBug ? report(error) : undefined),
        }),
      );
      parts.use(startScheduler({ client, clock, report }));
      return parts;
    },
    changed: () => listeners.forEach((listener) => listener()),
    eraseDisks: () => nodes.eraseDisks(),
  };
  const life = opening.use(new ClusterLife(lifeOptions, options.nodes ?? 1));
  opening.use(
    new IngressRouter({
      client,
      listen: (port, accept) => {
        const parts = new DisposableStack();
        parts.use(nodes.serve(port, accept));
        parts.use(network.publish(port));
        return parts;
      },
      connect: (address, port) => runtime.network.connect(API_SERVER.address, address, port),
      fakeCertificate: () => ingressCertificate(clock.now()),
    }),
  );

  const watches = opening.use(new Watches(store, clock));
  opening.use(
    registry.onChange(() =>
      watches.end((resource) => resource.isCustom && !registry.find(resource.group, resource.version, resource.plural)),
    ),
  );
  const streaming: StreamingHost = { client, clock, kubelet: (node) => nodes.kubelet(node), report };
  const server = await startApiServer(
    {
      core,
      authenticator: new Authenticator(core, issuer),
      authorizer,
      issuer,
      watches,
      discovery,
      openApi: new OpenApi(registry, discovery, schema, identity.tokenKeyId),
      streaming: { openLog: (target) => openLog(streaming, target), upgrade: (request) => handleUpgrade(streaming, request) },
      metrics: () => readUsage(nodes, clock),
      connect: (address, port) => runtime.network.connect(API_SERVER.address, address, port),
      machines: (method, path, body) => answerMachines({ life, nodes, addons, images: runtime.images }, method, path, body),
      advertised: `${API_SERVER.address}:${API_SERVER.port}`,
      report,
    },
    identity,
    options.listen,
  );
  opening.defer(() => server.close());
  opening.use(nodes.serve(API_SERVER.port, (connection) => server.serve(connection)));
  const host = opening.use(runtime.network.attach(HOST.address));
  host.listen(HOST.port, (connection) => server.serve(connection));
  await store.durable();

  const running = opening.move();
  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    try {
      if (options.databaseFile !== undefined) {
        nodes.keep();
        await store.durable();
      }
    } catch (error) {
      // A full disk must not keep a cluster from stopping.
      report(error);
    }
    await running.disposeAsync();
  }
  const url = `https://${options.listen.host}:${server.port}`;
  return {
    url,
    caCertificate: identity.authority.certificate,
    client,
    nodes,
    adminKubeconfig: (serverUrl = url) =>
      adminKubeconfig({ server: serverUrl, authorityCertificate: identity.authority.certificate, administrator: identity.administrator }),
    setMetricsServer: (isInstalled) => void addons.set('metrics-server', isInstalled),
    published: () => (life.power === 'running' ? [...network.published(), HOST] : [HOST]),
    onChange: (listener) => {
      const parts = new DisposableStack();
      listeners.add(listener);
      parts.defer(() => listeners.delete(listener));
      parts.use(network.onChange(listener));
      return parts;
    },
    connect: ({ address, port }) => runtime.network.connect(HOST.address, address, port),
    stop: () => (stopping ??= stop()),
  };
}

/** Tokens in Secrets never expire on a real cluster; these outlive any lab. */
const LEGACY_TOKEN_SECONDS = 10 * 365 * 24 * 3600;

/**
 * The host of the machines, as they know it: where connections from the learner's machine come from, and where the machines themselves can be
 * asked about, whether or not the cluster is up.
 */
const HOST: PublishedAddress = { address: '192.168.49.1', port: 8443, protocol: 'tcp' };

/** What ingress-nginx shows for hosts that have no certificate. */
function ingressCertificate(now: number): KeyAndCertificate {
  const name = 'Kubernetes Ingress Controller Fake Certificate';
  return issueCertificate(createAuthority(name, now), name, { commonName: name, usage: 'server', altNames: ['ingress.local'], now });
}

/** What the stored Services hold of the ranges. */
function restoreAllocations(core: ApiCore): void {
  for (const { object } of core.store.table('services').list()) {
    const { spec } = object as Service;
    for (const address of spec?.clusterIPs ?? []) {
      core.addresses.restore(address);
    }
    for (const { nodePort } of spec?.ports ?? []) {
      if (nodePort) {
        core.ports.restore(nodePort);
      }
    }
    if (spec?.healthCheckNodePort) {
      core.ports.restore(spec.healthCheckNodePort);
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
