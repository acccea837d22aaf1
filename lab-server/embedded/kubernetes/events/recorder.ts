// Records core/v1 events as client-go's classic recorder does. Used by controllers and the kubelet.
import type { Clock } from '../../../base/index.ts';
import { isApiError } from '../api/errors.ts';
import { type ClusterClient, kindRef } from '../cluster-client.ts';
import type { CoreEvent, KubernetesObject } from '../types.ts';
import { isoTime } from '../values/iso-time.ts';
import { EventCorrelator } from './correlator.ts';
import { eventName } from './event-name.ts';
import { type ObjectReference, referenceTo } from './references.ts';

export type EventType = 'Normal' | 'Warning';

export interface EventRecorder {
  /** Records an event about `object`, or about the part of it that `fieldPath` names (`spec.containers{web}`). Never throws for a refusal. */
  event(object: KubernetesObject, type: EventType, reason: string, message: string, fieldPath?: string): void;
}

export interface EventRecorderOptions {
  client: ClusterClient;
  clock: Clock;
  /** `deployment-controller`, `kubelet`. */
  component: string;
  /** The node, for the kubelet. */
  host?: string;
}

export const EVENT = kindRef<CoreEvent>('v1', 'Event');

/** Each recorder aggregates on its own: make one per component, not one per event. */
export function createEventRecorder({ client, clock, component, host = '' }: EventRecorderOptions): EventRecorder {
  const correlator = new EventCorrelator();

  function event(object: KubernetesObject, type: EventType, reason: string, message: string, fieldPath?: string): void {
    const now = clock.now();
    const reference = referenceTo(object, fieldPath);
    const decision = correlator.decide({ component, host, about: aboutText(reference), type, reason, message }, now);
    if (decision.kind === 'drop') {
      return;
    }
    const namespace = reference.namespace ?? 'default';
    const recorded = decision.kind === 'count' ? client.get(EVENT, namespace, decision.previous.name) : undefined;
    const name = recorded?.metadata.name ?? eventName(reference.name ?? '', now);
    const count = decision.kind === 'count' ? decision.previous.count + 1 : 1;
    const firstTimestamp = decision.kind === 'count' ? decision.previous.firstTimestamp : now;
    const times = { firstTimestamp: isoTime(firstTimestamp), lastTimestamp: isoTime(now), count };
    try {
      if (recorded) {
        client.update(EVENT, { ...recorded, ...times, message: decision.message });
      } else {
        client.create(EVENT, {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name, namespace },
          involvedObject: reference,
          reason,
          message: decision.message,
          source: host === '' ? { component } : { component, host },
          ...times,
          type,
          eventTime: null,
          reportingComponent: component,
          reportingInstance: host,
        });
      }
    } catch (error) {
      // A namespace that is going away, or a full quota, takes no events: like the real recorder, go on without.
      if (isApiError(error)) {
        return;
      }
      throw error;
    }
    correlator.remember(decision.key, { name, count, firstTimestamp });
  }

  return { event };
}

function aboutText(reference: ObjectReference): string {
  const { kind, namespace, name, fieldPath, uid, apiVersion } = reference;
  return [kind, namespace, name, fieldPath, uid, apiVersion].join('/');
}
