import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kinds } from '../../../../lab-server/embedded/kubernetes/resources/index.ts';

const apiVersion = (group: string, version: string) => (group ? `${group}/${version}` : version);

describe('the kinds of the cluster', () => {
  it('are each there once', () => {
    const names = kinds.map((kind) => `${apiVersion(kind.group, kind.version)} ${kind.kind}`);
    expect(names).toEqual([...new Set(names)]);
    const paths = kinds.map((kind) => `${apiVersion(kind.group, kind.version)}/${kind.plural}`);
    expect(paths).toEqual([...new Set(paths)]);
  });

  it.each(kinds.map((kind) => [`${apiVersion(kind.group, kind.version)} ${kind.kind}`, kind] as const))(
    '%s can be shown',
    (_name, kind) => {
      const object = { apiVersion: apiVersion(kind.group, kind.version), kind: kind.kind, metadata: { name: 'web' } };
      // Whatever is missing in an object, its row has a cell for every column, and never `undefined`.
      const cells = kind.columns.map((column) =>
        column.cell({ ...object, metadata: { ...object.metadata, creationTimestamp: undefined } } as never, 0),
      );
      expect(cells.every((cell) => cell !== undefined)).toBe(true);
      expect(new Set(kind.columns.map((column) => column.name)).size).toBe(kind.columns.length);
    },
  );
});

interface RealResource {
  name: string;
  singularName: string;
  kind: string;
  namespaced: boolean;
  shortNames?: string[];
  categories?: string[];
  verbs: string[];
}

// What a real server says of itself lies beside the project where it is at hand.
const folder = resolve('../shared/kubernetes/discovery/group');
const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function realResources(): Map<string, RealResource> {
  const found = new Map<string, RealResource>();
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const list = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { groupVersion?: string; resources?: RealResource[] };
    list.resources?.forEach((resource) => found.set(`${list.groupVersion}/${resource.name}`, resource));
  }
  return found;
}

describe.skipIf(!existsSync(folder))('beside a real server', () => {
  const real = realResources();

  it.each(kinds.map((kind) => [`${apiVersion(kind.group, kind.version)}/${kind.plural}`, kind] as const))(
    '%s says the same of itself',
    (name, kind) => {
      const other = real.get(name);
      expect({
        kind: kind.kind,
        namespaced: kind.namespaced,
        singularName: kind.singular,
        shortNames: kind.shortNames,
        categories: kind.categories,
        verbs: [...(kind.verbs ?? allVerbs)].toSorted(),
        status: kind.subresources?.status ?? false,
        scale: kind.subresources?.scale !== undefined,
      }).toEqual({
        kind: other?.kind,
        namespaced: other?.namespaced,
        singularName: other?.singularName,
        shortNames: other?.shortNames,
        categories: other?.categories,
        verbs: other?.verbs.toSorted(),
        status: real.has(`${name}/status`),
        scale: real.has(`${name}/scale`),
      });
    },
  );

  it('leaves out only what cannot be listed', () => {
    const ours = new Set(kinds.map((kind) => `${apiVersion(kind.group, kind.version)}/${kind.plural}`));
    const missing = [...real].filter(([name, { verbs }]) => !ours.has(name) && verbs.includes('list'));
    expect(missing.map(([name]) => name)).toEqual([]);
  });
});
