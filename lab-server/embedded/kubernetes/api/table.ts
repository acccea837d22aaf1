// Tables (meta.k8s.io/v1), as kubectl prints them, and objects reduced to their metadata.
import type { KubernetesObject } from '../types.ts';
import type { Resource } from './registry.ts';

/** How much of each object a row carries. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const asked = query.get('includeObject');
  return asked === 'None' || asked === 'Object' ? asked : 'Metadata';
}

export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** `columns` false: a later table of a watch, which leaves them out. */
export function table(
  resource: Resource,
  objects: readonly KubernetesObject[],
  metadata: Partial<ListMeta>,
  now: number,
  include: IncludeObject,
  columns = true,
): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns ? columnDefinitions(resource) : null,
    rows: objects.map((object) => row(resource, object, now, include)),
  };
}

function columnDefinitions(resource: Resource): object[] {
  return resource.definition.columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format: format ?? '',
    description: description ?? '',
    priority: priority ?? 0,
  }));
}

function row(resource: Resource, object: KubernetesObject, now: number, include: IncludeObject): object {
  const cells = resource.definition.columns.map((column) => column.cell(object, now));
  switch (include) {
    case 'None':
      return { cells, object: null };
    case 'Object':
      return { cells, object };
    case 'Metadata':
      return { cells, object: metadataOnly(object) };
  }
}

export function metadataOnly(object: KubernetesObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
