// events (core/v1): what happened to an object. events.k8s.io/v1 is another view of the same.
import type { CoreEvent } from '../../types.ts';
import { humanDuration } from '../../values/human-duration.ts';
import { parseTime } from '../../values/iso-time.ts';
import { invalid, required } from '../../validation/field-errors.ts';
import { subdomainName, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import { integerColumn, nameColumn, textColumn } from '../columns.ts';
import type { Column, FieldError, KindDefinition } from '../kind.ts';

export const eventColumns: readonly Column<CoreEvent>[] = [
  textColumn('Last Seen', (event, now) => since(event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen(event), now)),
  textColumn('Type', (event) => event.type ?? ''),
  textColumn('Reason', (event) => event.reason ?? ''),
  textColumn('Object', aboutText),
  textColumn('Subobject', (event) => event.involvedObject?.fieldPath ?? '', { wide: true }),
  textColumn('Source', sourceText, { wide: true }),
  textColumn('Message', (event) => event.message?.trim() ?? ''),
  textColumn('First Seen', (event, now) => since(firstSeen(event), now), { wide: true }),
  integerColumn('Count', (event) => event.series?.count ?? (event.count || 1), { wide: true }),
  { ...nameColumn<CoreEvent>(), priority: 1 },
];

export const events: KindDefinition<CoreEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  model: 'CoreV1Event',
  hasGeneration: false,
  createsOnUpdate: true,
  columns: eventColumns.map((column) => (column.name === 'Count' ? { ...column, type: 'string' as const } : column)),
  setDefaults(event) {
    event.source ??= {};
    event.involvedObject ??= {};
    event.reportingComponent ??= '';
    event.reportingInstance ??= '';
  },
  validateCreate: (event) => [...validateObjectMeta(event.metadata, true, subdomainName), ...validateEvent(event)],
  validateUpdate: (event, old) => validateObjectMetaUpdate(event.metadata, old.metadata),
  selectableFields: (event) => ({
    'involvedObject.kind': event.involvedObject?.kind ?? '',
    'involvedObject.namespace': event.involvedObject?.namespace ?? '',
    'involvedObject.name': event.involvedObject?.name ?? '',
    'involvedObject.uid': event.involvedObject?.uid ?? '',
    'involvedObject.apiVersion': event.involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': event.involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': event.involvedObject?.fieldPath ?? '',
    reason: event.reason ?? '',
    reportingComponent: event.reportingComponent ?? '',
    source: event.source?.component || (event.reportingComponent ?? ''),
    type: event.type ?? '',
  }),
};

function firstSeen(event: CoreEvent): string | undefined {
  return event.firstTimestamp ?? event.eventTime ?? undefined;
}

function since(time: string | null | undefined, now: number): string {
  const then = parseTime(time);
  return then === undefined ? '<unknown>' : humanDuration(now - then);
}

function aboutText({ involvedObject }: CoreEvent): string {
  const kind = involvedObject?.kind?.toLowerCase() ?? '';
  return involvedObject?.name ? `${kind}/${involvedObject.name}` : kind;
}

function sourceText({ source, reportingComponent, reportingInstance }: CoreEvent): string {
  const component = source?.component || reportingComponent || '';
  const instance = source?.host || reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}

/** An event lives in the namespace of what it is about; one about a cluster-wide object in `default`. */
function validateEvent(event: CoreEvent): FieldError[] {
  const errors: FieldError[] = [];
  const { namespace = '' } = event.involvedObject ?? {};
  const own = event.metadata.namespace ?? '';
  if (namespace === '' ? own !== '' && own !== 'default' && own !== 'kube-system' : namespace !== own) {
    errors.push(invalid('involvedObject.namespace', namespace, 'does not match event.namespace'));
  }
  if (event.eventTime) {
    for (const field of ['reportingComponent', 'reportingInstance', 'action', 'reason'] as const) {
      if (!event[field]) {
        errors.push(required(field === 'reportingComponent' ? 'reportingController' : field));
      }
    }
  }
  return errors;
}
