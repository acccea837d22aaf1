import { describe, expect, it } from 'vitest';
import type { CoreEvent } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { created, creationErrors, kindOf, row } from './submit.ts';

const anEvent = {
  apiVersion: 'v1',
  metadata: { name: 'web.1', namespace: 'default' },
  involvedObject: { kind: 'Pod', name: 'web', namespace: 'default', fieldPath: 'spec.containers{web}' },
  reason: 'Pulled',
  message: 'Container image is there\n',
  source: { component: 'kubelet', host: 'minikube' },
  firstTimestamp: '2026-01-01T11:00:00Z',
  lastTimestamp: '2026-01-01T11:55:00Z',
  count: 3,
  type: 'Normal',
};

describe('an event', () => {
  it('is shown as kubectl shows it', () => {
    expect(row('Event', anEvent, true)).toEqual({
      'Last Seen': '5m',
      Type: 'Normal',
      Reason: 'Pulled',
      Object: 'pod/web',
      Subobject: 'spec.containers{web}',
      Source: 'kubelet, minikube',
      Message: 'Container image is there',
      'First Seen': '60m',
      Count: 3,
      Name: 'web.1',
    });
  });

  it('of a series shows when the series went on', () => {
    const event = {
      ...anEvent,
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: '2026-01-01T10:00:00.000000Z',
      series: { count: 7, lastObservedTime: '2026-01-01T11:59:50.000000Z' },
    };
    expect(row('Event', event, true)).toMatchObject({ 'Last Seen': '10s', 'First Seen': '120m', Count: 7 });
  });

  it('can be selected by what it is about', () => {
    expect(kindOf('Event', 'v1').selectableFields?.(created('Event', anEvent))).toEqual({
      'involvedObject.kind': 'Pod',
      'involvedObject.namespace': 'default',
      'involvedObject.name': 'web',
      'involvedObject.uid': '',
      'involvedObject.apiVersion': '',
      'involvedObject.resourceVersion': '',
      'involvedObject.fieldPath': 'spec.containers{web}',
      reason: 'Pulled',
      reportingComponent: '',
      source: 'kubelet',
      type: 'Normal',
    });
  });

  it('lies in the namespace of its object', () => {
    expect(creationErrors('Event', { ...anEvent, involvedObject: { ...anEvent.involvedObject, namespace: 'other' } })).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
  });

  it('is the same object in its newer group', () => {
    const view = kindOf('Event', 'events.k8s.io/v1');
    const stored = created<CoreEvent>('Event', anEvent);
    const newer = view.storedAs?.fromStored(stored as never);
    expect(newer).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      regarding: { kind: 'Pod', name: 'web' },
      note: 'Container image is there\n',
      deprecatedCount: 3,
      deprecatedSource: { component: 'kubelet' },
      deprecatedFirstTimestamp: '2026-01-01T11:00:00Z',
    });
    expect(view.storedAs?.toStored(newer as never)).toMatchObject({ ...anEvent });
  });
});
