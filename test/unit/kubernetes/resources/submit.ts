// Sends objects through a kind's hooks in the order in which the API calls them.
import { kinds } from '../../../../lab-server/embedded/kubernetes/resources/index.ts';
import type { KindContext, KindDefinition } from '../../../../lab-server/embedded/kubernetes/resources/kind.ts';
import type { KubernetesObject } from '../../../../lab-server/embedded/kubernetes/types.ts';

export const now = Date.UTC(2026, 0, 1, 12);

/** A cluster with nothing in it, whose addresses and ports are given out one after the other. */
export function anEmptyCluster() {
  let address = 0;
  let port = 30_000;
  const released: (string | number)[] = [];
  const context: KindContext = {
    now,
    lookup: () => undefined,
    list: () => [],
    allocateClusterIP: (wanted) => wanted ?? `10.96.0.${(address += 1)}`,
    releaseClusterIP: (one) => void released.push(one),
    allocateNodePort: (wanted) => wanted ?? (port += 1),
    releaseNodePort: (one) => void released.push(one),
  };
  return { context, released };
}

export function kindOf(kind: string, apiVersion?: string): KindDefinition {
  const found = kinds.find(
    (one) => one.kind === kind && (apiVersion === undefined || apiVersion === (one.group ? `${one.group}/${one.version}` : one.version)),
  );
  if (!found) {
    throw new Error(`there is no kind ${kind}`);
  }
  return found;
}

type Loose = Record<string, unknown> & { metadata?: Record<string, unknown> };

function complete(definition: KindDefinition, object: Loose): KubernetesObject {
  const copy = structuredClone(object);
  return {
    apiVersion: definition.group ? `${definition.group}/${definition.version}` : definition.version,
    kind: definition.kind,
    ...copy,
    metadata: {
      name: 'web',
      uid: 'a-uid',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(definition.namespaced && { namespace: 'default' }),
      ...copy.metadata,
    },
  };
}

/** The object as it would be stored, whatever is wrong with it. */
export function created<T = KubernetesObject>(kind: string, object: Loose, { context } = anEmptyCluster()): T {
  const definition = kindOf(kind, object['apiVersion'] as string | undefined);
  const copy = complete(definition, object);
  definition.setDefaults?.(copy);
  definition.prepareForCreate?.(copy, context);
  return copy as T;
}

/** What the server would say of a create: `field: message`. */
export function creationErrors(kind: string, object: Loose): string[] {
  const { context } = anEmptyCluster();
  const definition = kindOf(kind, object['apiVersion'] as string | undefined);
  const errors = definition.validateCreate?.(created(kind, object, { context, released: [] }), context) ?? [];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

/** The object after an update from `old`, both given as a client would write them. */
export function updated<T = KubernetesObject>(kind: string, old: Loose, object: Loose, cluster = anEmptyCluster()): T {
  const definition = kindOf(kind, object['apiVersion'] as string | undefined);
  const before = created(kind, old, cluster);
  const copy = complete(definition, object);
  definition.setDefaults?.(copy);
  definition.prepareForUpdate?.(copy, before, cluster.context);
  return copy as T;
}

export function updateErrors(kind: string, old: Loose, object: Loose): string[] {
  const cluster = anEmptyCluster();
  const definition = kindOf(kind, object['apiVersion'] as string | undefined);
  const before = created(kind, old, cluster);
  const copy = complete(definition, object);
  definition.setDefaults?.(copy);
  definition.prepareForUpdate?.(copy, before, cluster.context);
  const errors = definition.validateUpdate?.(copy, before, cluster.context) ?? [];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

/** A row of the table: column name to cell. `wide`: with the columns of -o wide. */
export function row(kind: string, object: Loose, wide = false): Record<string, unknown> {
  const definition = kindOf(kind, object['apiVersion'] as string | undefined);
  const copy = complete(definition, object);
  const columns = definition.columns.filter((column) => wide || column.priority !== 1);
  return Object.fromEntries(columns.map((column) => [column.name, column.cell(copy, now)]));
}
