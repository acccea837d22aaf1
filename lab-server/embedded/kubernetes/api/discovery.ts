// What the server says of the groups, versions and resources it serves: one document each as of old, or all at once (apidiscovery.k8s.io/v2).
import { createHash } from 'node:crypto';
import { mediaTypes } from './negotiate.ts';
import type { KindRegistry, Resource } from './registry.ts';
import { subresourcesOf } from './subresources.ts';

/** Groups in the order of their priority; those that are not here follow by name. */
const GROUP_ORDER = [
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

interface Version {
  group: string;
  version: string;
  resources: Resource[];
}

export interface DiscoveryDocument {
  body: object;
  contentType: string;
  etag?: string;
}

const JSON_TYPE = 'application/json';
const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Documents are made when first asked for and kept until the served kinds change. */
export class Discovery {
  readonly #registry: KindRegistry;
  #generation = -1;
  #versions: Version[] = [];
  readonly #documents = new Map<string, DiscoveryDocument>();

  constructor(registry: KindRegistry) {
    this.#registry = registry;
  }

  /** The document at `/api`, `/apis`, `/api/v1`, `/apis/<group>` or `/apis/<group>/<version>`; undefined where there is none. */
  document(path: string, accept: string | undefined, serverAddress: string): DiscoveryDocument | undefined {
    this.#refresh();
    const parts = path.split('/').filter((part) => part !== '');
    const isCore = parts[0] === 'api';
    if (parts.length === 1) {
      return wantsAggregated(accept)
        ? this.#kept(`aggregated ${parts[0]}`, () => this.#aggregated(isCore))
        : this.#kept(`root ${parts[0]} ${serverAddress}`, () => ({
            body: isCore ? coreVersions(serverAddress) : this.#groupList(),
            contentType: JSON_TYPE,
          }));
    }
    const group = isCore ? '' : (parts[1] as string);
    const versions = this.#versions.filter((version) => version.group === group);
    if (versions.length === 0) {
      return undefined;
    }
    if (!isCore && parts.length === 2) {
      return { body: { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, versions) }, contentType: JSON_TYPE };
    }
    const version = versions.find((one) => one.version === parts[isCore ? 1 : 2]);
    if (!version || parts.length > (isCore ? 2 : 3)) {
      return undefined;
    }
    return this.#kept(path, () => ({ body: resourceList(version), contentType: JSON_TYPE }));
  }

  /** Group versions in order of priority: `apps/v1`, and `v1` for the core group. */
  groupVersions(): { group: string; version: string; resources: readonly Resource[] }[] {
    this.#refresh();
    return this.#versions;
  }

  #kept(key: string, make: () => DiscoveryDocument): DiscoveryDocument {
    let document = this.#documents.get(key);
    if (!document) {
      document = make();
      this.#documents.set(key, document);
    }
    return document;
  }

  #refresh(): void {
    if (this.#generation === this.#registry.generation) {
      return;
    }
    this.#generation = this.#registry.generation;
    this.#documents.clear();
    const versions = new Map<string, Version>();
    for (const resource of this.#registry.all()) {
      let version = versions.get(resource.apiVersion);
      if (!version) {
        version = { group: resource.group, version: resource.version, resources: [] };
        versions.set(resource.apiVersion, version);
      }
      version.resources.push(resource);
    }
    for (const { resources } of versions.values()) {
      resources.sort((a, b) => (a.plural < b.plural ? -1 : 1));
    }
    this.#versions = [...versions.values()].toSorted(byPriority);
  }

  #groupList(): object {
    const groups = [...new Set(this.#versions.map(({ group }) => group))].filter((group) => group !== '');
    const list = groups.map((group) =>
      groupOf(
        group,
        this.#versions.filter((version) => version.group === group),
      ),
    );
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: list };
  }

  #aggregated(isCore: boolean): DiscoveryDocument {
    const groups = [...new Set(this.#versions.map(({ group }) => group))].filter((group) => (group === '') === isCore);
    const items = groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: this.#versions
        .filter((version) => version.group === group)
        .map((version) => ({ version: version.version, resources: version.resources.map(aggregatedResource), freshness: 'Current' })),
    }));
    const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
    const etag = createHash('sha512').update(JSON.stringify(body)).digest('hex').toUpperCase();
    return { body, contentType: AGGREGATED_TYPE, etag: `"${etag}"` };
  }
}

function byPriority(a: Version, b: Version): number {
  const place = ({ group }: Version): number =>
    group === '' ? -1 : GROUP_ORDER.includes(group) ? GROUP_ORDER.indexOf(group) : GROUP_ORDER.length;
  return place(a) - place(b) || (a.group < b.group ? -1 : a.group > b.group ? 1 : compareVersions(b.version, a.version));
}

/** Kubernetes' order of versions: v2 above v1, v1 above v1beta1, v1beta1 above v1alpha1, anything else below by name. */
function compareVersions(a: string, b: string): number {
  const rank = (version: string): [number, number, number] => {
    const parts = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    return parts ? [parts[2] === undefined ? 3 : parts[2] === 'beta' ? 2 : 1, Number(parts[1]), Number(parts[3] ?? 0)] : [0, 0, 0];
  };
  const [left, right] = [rank(a), rank(b)];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2] || (a < b ? 1 : -1);
}

function wantsAggregated(accept: string | undefined): boolean {
  for (const { type, parameters } of accept === undefined ? [] : mediaTypes(accept)) {
    if (type !== 'application/json') {
      continue;
    }
    if (parameters.get('as') === 'APIGroupDiscoveryList' && parameters.get('g') === 'apidiscovery.k8s.io' && parameters.get('v') === 'v2') {
      return true;
    }
    if (parameters.get('as') === undefined) {
      return false;
    }
  }
  return false;
}

function coreVersions(serverAddress: string): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] };
}

function groupOf(name: string, versions: readonly Version[]): object {
  const list = versions.map(({ group, version }) => ({ groupVersion: `${group}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

function resourceList({ group, version, resources }: Version): object {
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: resources.flatMap(listedResources) };
}

function listedResources(resource: Resource): object[] {
  const { definition, namespaced, kind } = resource;
  const { shortNames, categories } = definition;
  const verbs = [...resource.verbs].toSorted();
  const main = {
    name: resource.plural,
    singularName: definition.singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames && shortNames.length > 0 && { shortNames }),
    ...(categories && categories.length > 0 && { categories }),
    ...(resource.verbs.has('watch') && { storageVersionHash: storageVersionHash(resource) }),
  };
  const below = subresourcesOf(resource).map(({ name, kind: own, verbs: subVerbs }) => ({
    name: `${resource.plural}/${name}`,
    singularName: '',
    namespaced,
    ...(own?.group !== undefined && { group: own.group, version: own.version }),
    kind: own?.kind ?? kind,
    verbs: subVerbs,
  }));
  return [main, ...below];
}

function aggregatedResource(resource: Resource): object {
  const { definition, kind, plural } = resource;
  const { shortNames, categories } = definition;
  const subresources = subresourcesOf(resource).map(({ name, kind: own, verbs }) => ({
    subresource: name,
    responseKind: { group: own?.group ?? '', version: own?.version ?? '', kind: own?.kind ?? kind },
    verbs,
  }));
  return {
    resource: plural,
    responseKind: { group: '', version: '', kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs: [...resource.verbs].toSorted(),
    ...(shortNames && shortNames.length > 0 && { shortNames }),
    ...(categories && categories.length > 0 && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

function storageVersionHash({ group, version, kind }: Resource): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}
