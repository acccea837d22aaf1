// Columns that a definition adds to its resource's table, read by JSON path.
import { nameColumn, ageColumn } from '../../resources/columns.ts';
import type { Column } from '../../resources/kind.ts';
import type { KubernetesObject } from '../../types.ts';
import { humanDuration, parseTime } from '../../values/index.ts';
import { isJsonObject } from '../decode/json.ts';
import { readPath } from './json-path.ts';

export interface PrinterColumn {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

export function customColumns(given: readonly PrinterColumn[] | undefined): Column<KubernetesObject>[] {
  if (!given || given.length === 0) {
    return [nameColumn(), ageColumn()];
  }
  return [nameColumn(), ...given.map(columnOf)];
}

function columnOf({ name, type, format, description, priority, jsonPath }: PrinterColumn): Column<KubernetesObject> {
  return {
    name,
    type: type === 'integer' || type === 'number' || type === 'boolean' || type === 'date' ? type : 'string',
    ...(format !== undefined && { format }),
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ? 1 : 0,
    cell: (object, now) => cellOf(type, readPath(object, jsonPath), now),
  };
}

function cellOf(type: string, values: readonly unknown[], now: number): string | number | boolean | null {
  const [value] = values;
  if (value === undefined || value === null) {
    return null;
  }
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date': {
      const at = typeof value === 'string' ? parseTime(value) : undefined;
      return at === undefined ? '<invalid>' : humanDuration(now - at);
    }
    default:
      return values.map(textOf).join(' ');
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value as number);
}
