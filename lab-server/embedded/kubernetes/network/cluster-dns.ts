// The cluster's DNS: names of Services and pods, as CoreDNS answers them.
// https://github.com/kubernetes/dns/blob/master/docs/specification.md
import type { NameService } from '../../runtime/runtime.ts';
import { CLUSTER_DOMAIN } from './pod-resolver.ts';
import type { Endpoint, ServiceTable } from './service-table.ts';

const SUFFIX = `.${CLUSTER_DOMAIN}`;
/** An ExternalName may point at another one; more hops are a loop. */
const MAX_ALIASES = 8;

export class ClusterDns implements NameService {
  readonly #services: ServiceTable;
  /** Resolves names outside the cluster, for ExternalName. */
  readonly #upstream: (name: string, from: string) => readonly string[] | undefined;

  constructor(services: ServiceTable, upstream: (name: string, from: string) => readonly string[] | undefined = () => undefined) {
    this.#services = services;
    this.#upstream = upstream;
  }

  resolve(name: string, from: string): readonly string[] | undefined {
    return this.#resolve(name, from, 0);
  }

  #resolve(name: string, from: string, hops: number): readonly string[] | undefined {
    const plain = name.toLowerCase().replace(/\.$/, '');
    if (!plain.endsWith(SUFFIX)) {
      return hops === 0 ? undefined : this.#upstream(plain, from);
    }
    const labels = plain.slice(0, -SUFFIX.length).split('.');
    const zone = labels.pop();
    if (zone === 'pod') {
      return podAddress(labels);
    }
    return zone === 'svc' ? this.#service(labels, from, hops) : [];
  }

  /** `web.default`, `web-0.web.default` (an endpoint's host name), `10-244-0-7.web.default`. */
  #service(labels: readonly string[], from: string, hops: number): readonly string[] {
    const namespace = labels.at(-1) ?? '';
    const name = labels.at(-2) ?? '';
    const host = labels.at(-3);
    const service = this.#services.service(namespace, name);
    if (!service || labels.length < 2 || labels.length > 3) {
      return [];
    }
    const { spec } = service;
    if (spec?.type === 'ExternalName') {
      const target = spec.externalName ?? '';
      return host === undefined && hops < MAX_ALIASES ? (this.#resolve(target, from, hops + 1) ?? []) : [];
    }
    const published = this.#services
      .endpoints(namespace, name)
      .filter((endpoint) => endpoint.ready || spec?.publishNotReadyAddresses === true);
    if (host !== undefined) {
      return unique(published.filter((endpoint) => hostOf(endpoint) === host));
    }
    return spec?.clusterIP && spec.clusterIP !== 'None' ? [spec.clusterIP] : unique(published);
  }
}

/** `10-244-0-7.default.pod.cluster.local` is the address it spells. */
function podAddress(labels: readonly string[]): readonly string[] {
  const address = labels.length === 2 ? (labels[0] ?? '').replaceAll('-', '.') : '';
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(address) ? [address] : [];
}

function hostOf({ hostname, address }: Endpoint): string {
  return hostname ?? address.replaceAll('.', '-');
}

function unique(endpoints: readonly Endpoint[]): string[] {
  return [...new Set(endpoints.map(({ address }) => address))];
}
