// Builders for the columns of the server's tables, so that a kind states only what is its own.
import type { KubernetesObject } from '../types.ts';
import { ageOf } from '../values/human-duration.ts';
import type { Column } from './kind.ts';

type Cell = string | number | boolean | null;
type Options = { wide?: boolean; description?: string; format?: string };

export function nameColumn<T extends KubernetesObject>(): Column<T> {
  return {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'The name of the object, unique among its kind in its namespace.',
    cell: (object) => object.metadata.name ?? '',
  };
}

export function ageColumn<T extends KubernetesObject>(options: Options = {}): Column<T> {
  return textColumn('Age', (object, now) => ageOf(object.metadata.creationTimestamp, now), {
    description: 'How long ago the object was created.',
    ...options,
  });
}

export function textColumn<T>(name: string, cell: (object: T, now: number) => Cell, options: Options = {}): Column<T> {
  return column(name, 'string', cell, options);
}

export function integerColumn<T>(name: string, cell: (object: T, now: number) => Cell, options: Options = {}): Column<T> {
  return column(name, 'integer', cell, options);
}

export function booleanColumn<T>(name: string, cell: (object: T, now: number) => Cell, options: Options = {}): Column<T> {
  return column(name, 'boolean', cell, options);
}

/** A kind without columns of its own shows as Name and Created At (k8s.io/apiserver/pkg/registry/rest/table.go). */
export function plainColumns<T extends KubernetesObject>(): Column<T>[] {
  return [
    nameColumn(),
    {
      name: 'Created At',
      type: 'date',
      description: 'When the object was created.',
      cell: (object) => object.metadata.creationTimestamp ?? null,
    },
  ];
}

function column<T>(name: string, type: Column<T>['type'], cell: Column<T>['cell'], { wide, description, format }: Options): Column<T> {
  return {
    name,
    type,
    ...(format !== undefined && { format }),
    priority: wide ? 1 : 0,
    ...(description !== undefined && { description }),
    cell,
  };
}
