// OpenAPI v3: an index of documents with their hashes, and one document per group version, made when it is first asked for. And v2, of all of them.
import { createHash } from 'node:crypto';
import { loadDescriptions, type Schema, type StructType } from '../../schema/index.ts';
import type { Discovery } from '../discovery.ts';
import type { KindRegistry, Resource } from '../registry.ts';
import { customSchema } from './custom.ts';
import { pathsOf } from './paths.ts';
import { SchemaCollector } from './schemas.ts';
import { type SwaggerDocument, swaggerDocument } from './swagger.ts';
import { encodeSwagger } from './swagger-protobuf.ts';

export interface OpenApiDocument {
  text: string;
  hash: string;
}

export class OpenApi {
  readonly #registry: KindRegistry;
  readonly #discovery: Discovery;
  readonly #schema: Schema;
  readonly #clusterId: string;
  #generation = -1;
  readonly #documents = new Map<string, OpenApiDocument>();
  #swagger: Buffer | undefined;

  /** `clusterId` keeps clients from taking one cluster's documents for another's: kubectl caches them by hash. */
  constructor(registry: KindRegistry, discovery: Discovery, schema: Schema, clusterId: string) {
    this.#registry = registry;
    this.#discovery = discovery;
    this.#schema = schema;
    this.#clusterId = clusterId;
  }

  /** `{"paths": {"apis/apps/v1": {"serverRelativeURL": "/openapi/v3/apis/apps/v1?hash=…"}}}` */
  index(): object {
    const paths: Record<string, object> = {};
    for (const { group, version, resources } of this.#discovery.groupVersions()) {
      const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${this.#hashOf(path, resources)}` };
    }
    return { paths };
  }

  /** The document at `apis/apps/v1`; undefined where there is none. */
  document(path: string): OpenApiDocument | undefined {
    this.#refresh();
    const found = this.#discovery
      .groupVersions()
      .find(({ group, version }) => path === (group === '' ? `api/${version}` : `apis/${group}/${version}`));
    if (!found) {
      return undefined;
    }
    let document = this.#documents.get(path);
    if (!document) {
      document = { text: JSON.stringify(this.#make(found.group, found.resources)), hash: this.#hashOf(path, found.resources) };
      this.#documents.set(path, document);
    }
    return document;
  }

  /** OpenAPI v2 of all groups together. */
  swagger(): SwaggerDocument {
    const home = homes(this.#registry);
    const collector = new SchemaCollector(loadDescriptions(), (struct) => home.get(struct) ?? packageOf(''));
    for (const { resources } of this.#discovery.groupVersions()) {
      for (const resource of resources) {
        this.#reference(collector, resource);
      }
    }
    return swaggerDocument(collector.schemas);
  }

  /** The same in protobuf, kept because kubectl asks for it again and again. */
  swaggerProtobuf(): Buffer {
    this.#refresh();
    return (this.#swagger ??= encodeSwagger(this.swagger()));
  }

  #refresh(): void {
    if (this.#generation !== this.#registry.generation) {
      this.#generation = this.#registry.generation;
      this.#documents.clear();
      this.#swagger = undefined;
    }
  }

  /** Of what a document is made from, so that the index costs nothing of what the documents do. */
  #hashOf(path: string, resources: readonly Resource[]): string {
    const hash = createHash('sha512').update(`${this.#schema.clientVersion} ${this.#clusterId} ${path}`);
    for (const resource of resources) {
      hash.update(`${resource.plural} ${resource.isCustom ? JSON.stringify(customSchema(resource)) : ''}`);
    }
    return hash.digest('hex').toUpperCase();
  }

  #make(group: string, resources: readonly Resource[]): object {
    const home = homes(this.#registry);
    const collector = new SchemaCollector(loadDescriptions(), (struct) => home.get(struct) ?? packageOf(group));
    const references = new Map<Resource, object>();
    for (const resource of resources) {
      references.set(resource, this.#reference(collector, resource));
    }
    for (const model of ['V1DeleteOptions', 'V1Status', 'V1APIResourceList', 'V1Scale', 'V1Eviction']) {
      collector.add(this.#schema.model(model));
    }
    const paths = pathsOf(resources, (resource) => references.get(resource) ?? {});
    return { openapi: '3.0.0', info: { title: 'Kubernetes', version: '1.36' }, paths, components: { schemas: sorted(collector.schemas) } };
  }

  #reference(collector: SchemaCollector, resource: Resource): object {
    const { group, version, kind } = resource;
    const gvk = [{ group, kind, version }];
    if (resource.isCustom) {
      const name = `${group.split('.').toReversed().join('.')}.${version}.${kind}`;
      collector.schemas[name] = { ...customSchema(resource), 'x-kubernetes-group-version-kind': gvk };
      collector.add(this.#schema.model('V1ObjectMeta'));
      return { $ref: `#/components/schemas/${name}` };
    }
    const name = collector.add(resource.type);
    collector.schemas[name] = { ...collector.schemas[name], 'x-kubernetes-group-version-kind': gvk };
    return { $ref: `#/components/schemas/${name}` };
  }
}

/** `core`, `apps`, `rbac`: the Go package of a group's types. */
function packageOf(group: string): string {
  return group === '' ? 'core' : (group.split('.')[0] ?? group);
}

/** The group that each type is described under: that of the first kind that uses it, the core group's before all others. */
function homes(registry: KindRegistry): Map<StructType, string> {
  const found = new Map<StructType, string>();
  const visit = (struct: StructType, name: string): void => {
    if (found.has(struct)) {
      return;
    }
    found.set(struct, name);
    for (const { type } of struct.fields.values()) {
      let inner = type;
      while (inner.kind === 'list' || inner.kind === 'map') {
        inner = inner.kind === 'list' ? inner.items : inner.values;
      }
      if (inner.kind === 'struct') {
        visit(inner, name);
      }
    }
  };
  const resources = [...registry.all()].filter((resource) => !resource.isCustom);
  for (const resource of resources
    .toSorted((a, b) => (a.apiVersion < b.apiVersion ? -1 : 1))
    .toSorted((a, b) => Number(a.group !== '') - Number(b.group !== ''))) {
    visit(resource.type, packageOf(resource.group));
  }
  return found;
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
