// events (events.k8s.io/v1): the newer view of core/v1 events. Both are stored as core events.
import type * as models from '@kubernetes/client-node';
import type { CoreEvent, KubernetesObject, Stored } from '../../types.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { eventColumns, events as coreEvents } from '../core/events.ts';

type NewEvent = Stored<models.EventsV1Event>;

export const events: KindDefinition<NewEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  model: 'EventsV1Event',
  hasGeneration: false,
  createsOnUpdate: true,
  storedAs: { group: '', plural: 'events', toStored, fromStored },
  columns: eventColumns.map((column) => ({ ...column, cell: (event, now) => column.cell(toStored(event), now) })) as Column<NewEvent>[],
  validateCreate: (event, context) => coreEvents.validateCreate?.(toStored(event), context) ?? [],
  validateUpdate: (event, old, context) => coreEvents.validateUpdate?.(toStored(event), toStored(old), context) ?? [],
  selectableFields(event) {
    const fields = coreEvents.selectableFields?.(toStored(event)) ?? {};
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.replace('involvedObject.', 'regarding.'), value]));
  },
};

function toStored(event: NewEvent): CoreEvent {
  const { note, regarding, reportingController, deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, ...rest } = event;
  return {
    ...rest,
    apiVersion: 'v1',
    involvedObject: regarding ?? {},
    message: note ?? '',
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    count: event.deprecatedCount,
    reportingComponent: reportingController ?? '',
    reportingInstance: event.reportingInstance ?? '',
    deprecatedCount: undefined,
  } as unknown as CoreEvent;
}

function fromStored(object: KubernetesObject): NewEvent {
  const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, reportingComponent, ...rest } = object as CoreEvent;
  return {
    ...rest,
    apiVersion: 'events.k8s.io/v1',
    eventTime: rest.eventTime ?? null,
    regarding: involvedObject,
    note: message,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
    ...(count && { deprecatedCount: count }),
    reportingController: reportingComponent,
  } as unknown as NewEvent;
}
