// APIServices: one for each group version that the server serves itself, and those that stand for servers of others.
import { type ClusterClient, kindRef } from '../cluster-client.ts';
import type { APIService } from '../resources/apiregistration/apiservices.ts';
import type { ApiCore } from './core.ts';
import type { Discovery } from './discovery.ts';
import { type Resource, resourceOf } from './registry.ts';
import { isMetricsKind, METRICS_SERVICE, metricsKinds } from './virtual/metrics.ts';
import { typeOfResource } from './custom/type-of-schema.ts';

const API_SERVICE = kindRef<APIService>('apiregistration.k8s.io/v1', 'APIService');
const AUTOMANAGED = 'kube-aggregator.kubernetes.io/automanaged';
const CORE_PRIORITY = 18_000;
const FIRST_PRIORITY = 17_800;
const CUSTOM_PRIORITY = 1000;

/** Keeps the automatic ones in step with what is served, and serves metrics while their APIService is there. */
export class ApiServiceRegistration implements Disposable {
  readonly #core: ApiCore;
  readonly #client: ClusterClient;
  readonly #discovery: Discovery;
  readonly #parts: Disposable[];
  #isMetricsServed = false;

  constructor(core: ApiCore, client: ClusterClient, discovery: Discovery) {
    this.#core = core;
    this.#client = client.as({ user: 'system:apiserver', fieldManager: 'kube-apiserver' });
    this.#discovery = discovery;
    this.#register();
    this.#parts = [
      core.registry.onChange(() => this.#register()),
      this.#client.watch(API_SERVICE, ({ type, object }) => {
        if (object.metadata.name === METRICS_SERVICE) {
          this.#serveMetrics(type !== 'DELETED');
        } else if (type === 'DELETED') {
          this.#register();
        }
      }),
    ];
  }

  get isMetricsServed(): boolean {
    return this.#isMetricsServed;
  }

  [Symbol.dispose](): void {
    for (const part of this.#parts) {
      part[Symbol.dispose]();
    }
  }

  #serveMetrics(isInstalled: boolean): void {
    if (isInstalled !== this.#isMetricsServed) {
      this.#isMetricsServed = isInstalled;
      const resources = metricsKinds.map((kind): Resource =>
        resourceOf(kind, typeOfResource(kind.kind, undefined, this.#core.schema), true),
      );
      this.#core.registry.replaceCustom('nodes.metrics.k8s.io', isInstalled ? resources.slice(0, 1) : []);
      this.#core.registry.replaceCustom('pods.metrics.k8s.io', isInstalled ? resources.slice(1) : []);
    }
  }

  #register(): void {
    const served = new Set<string>();
    const groups = this.#discovery.groupVersions().filter(({ resources }) => !resources.every(isMetricsKind));
    for (const [index, { group, version, resources }] of groups.entries()) {
      const name = `${version}.${group}`;
      served.add(name);
      if (!this.#client.get(API_SERVICE, undefined, name)) {
        const isCustom = resources.every((resource) => resource.isCustom);
        const groupPriorityMinimum = isCustom ? CUSTOM_PRIORITY : group === '' ? CORE_PRIORITY : FIRST_PRIORITY - index * 10;
        this.#client.create(API_SERVICE, {
          apiVersion: API_SERVICE.apiVersion,
          kind: API_SERVICE.kind,
          metadata: { name, labels: { [AUTOMANAGED]: isCustom ? 'true' : 'onstart' } },
          spec: { ...(group !== '' && { group }), version, groupPriorityMinimum, versionPriority: isCustom ? 100 : 15 },
        });
      }
    }
    for (const { metadata } of this.#client.list(API_SERVICE)) {
      if (metadata.labels?.[AUTOMANAGED] !== undefined && !served.has(metadata.name)) {
        this.#client.delete(API_SERVICE, undefined, metadata.name);
      }
    }
  }
}
