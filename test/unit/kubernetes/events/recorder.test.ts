import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../lab-server/base/index.ts';
import { EVENT, createEventRecorder, createSeriesRecorder } from '../../../../lab-server/embedded/kubernetes/events/index.ts';
import { MemoryClusterClient } from '../memory-cluster-client.ts';

const web = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'learn', uid: 'u1', resourceVersion: '7' },
};

function start() {
  const clock = new ManualClock();
  const client = new MemoryClusterClient(clock);
  return { clock, client, recorder: createEventRecorder({ client, clock, component: 'kubelet', host: 'node-1' }) };
}

describe('the event recorder', () => {
  it('names what comes later so that it sorts later, also within one moment', () => {
    const { client, recorder } = start();
    const reasons = Array.from({ length: 20 }, (_, index) => `Reason${index}`);
    reasons.forEach((reason, index) => recorder.event(web, 'Normal', reason, `message ${index}`));
    const byName = client.list(EVENT).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    expect(byName.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('writes an event that points at the object and at the part of it', () => {
    const { client, recorder } = start();
    recorder.event(web, 'Normal', 'Pulled', 'Container image "nginx" already present on machine', 'spec.containers{web}');
    const [event] = client.list(EVENT);
    expect(event?.metadata.name).toMatch(/^web\.[0-9a-f]{16}$/);
    expect(event).toMatchObject({
      metadata: { namespace: 'learn' },
      involvedObject: {
        kind: 'Pod',
        namespace: 'learn',
        name: 'web',
        uid: 'u1',
        apiVersion: 'v1',
        resourceVersion: '7',
        fieldPath: 'spec.containers{web}',
      },
      type: 'Normal',
      reason: 'Pulled',
      source: { component: 'kubelet', host: 'node-1' },
      reportingComponent: 'kubelet',
      reportingInstance: 'node-1',
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
      eventTime: null,
    });
  });

  it('counts the same event up instead of writing another', async () => {
    const { clock, client, recorder } = start();
    recorder.event(web, 'Warning', 'BackOff', 'Back-off restarting failed container');
    await clock.advance(5000);
    recorder.event(web, 'Warning', 'BackOff', 'Back-off restarting failed container');
    expect(client.list(EVENT).map(({ count, firstTimestamp, lastTimestamp }) => ({ count, firstTimestamp, lastTimestamp }))).toEqual([
      { count: 2, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:05Z' },
    ]);
  });

  it('folds the tenth different message of one reason, and those after it, into one event', () => {
    const { client, recorder } = start();
    for (let index = 1; index <= 12; index += 1) {
      recorder.event(web, 'Normal', 'Scaled', `message ${index}`);
    }
    const events = client.list(EVENT);
    expect(events).toHaveLength(10);
    expect(events.at(-1)).toMatchObject({ count: 3, message: '(combined from similar events): message 12' });
  });

  it('drops what one source says about one object beyond a burst of 25', async () => {
    const { clock, client, recorder } = start();
    for (let index = 0; index < 40; index += 1) {
      recorder.event(web, 'Normal', 'Ticked', 'tick');
    }
    expect(client.list(EVENT)[0]?.count).toBe(25);
    await clock.advance(300_000);
    recorder.event(web, 'Normal', 'Ticked', 'tick');
    expect(client.list(EVENT)[0]?.count).toBe(26);
  });

  it('writes a new event where the old one has been deleted', () => {
    const { client, recorder } = start();
    recorder.event(web, 'Normal', 'Ticked', 'tick');
    const [first] = client.list(EVENT);
    client.delete(EVENT, 'learn', first?.metadata.name ?? '');
    recorder.event(web, 'Normal', 'Ticked', 'tick');
    expect(client.list(EVENT)).toMatchObject([{ count: 2 }]);
  });

  it('goes on when the API refuses the event', () => {
    const { client, recorder } = start();
    client.refusedCreates.set('Event', 'the namespace is being terminated');
    recorder.event(web, 'Normal', 'Ticked', 'tick');
    expect(client.list(EVENT)).toEqual([]);
  });
});

describe('the series recorder', () => {
  it('writes an event with its time and action, and a series for repeats', async () => {
    const { clock, client } = start();
    const recorder = createSeriesRecorder({ client, clock, component: 'default-scheduler', instance: 'default-scheduler-minikube' });
    recorder.event(web, 'Warning', 'FailedScheduling', 'Scheduling', '0/1 nodes are available');
    await clock.advance(1000);
    recorder.event(web, 'Warning', 'FailedScheduling', 'Scheduling', '0/1 nodes are available');
    expect(client.list(EVENT)).toMatchObject([
      {
        eventTime: '2026-01-01T00:00:00.000000Z',
        action: 'Scheduling',
        source: {},
        firstTimestamp: null,
        reportingComponent: 'default-scheduler',
        reportingInstance: 'default-scheduler-minikube',
        series: { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' },
      },
    ]);
  });
});
