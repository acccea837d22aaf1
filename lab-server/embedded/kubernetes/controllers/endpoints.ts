// Endpoints: the older, single-object form of the addresses behind a service, kept for clients that still read it.
import type { Service } from '../types.ts';
import { isoTime } from '../values/iso-time.ts';
import type { Controller, ControllerContext, Key } from './controller.ts';
import { objectOf, splitKey, watchSelf } from './keys.ts';
import { ENDPOINTS, type Endpoints, POD, SERVICE } from './kinds.ts';
import { ifPresent } from './ownership.ts';
import { isNamespaceTerminating } from './pods/replicas.ts';
import { sameValue } from '../values/same.ts';
import { type EndpointPod, type EndpointPort, endpointPod, endpointPorts, lastChange, targetReference } from './services/endpoint-pods.ts';
import { watchServicePods } from './services/service-keys.ts';

const HEADLESS = 'service.kubernetes.io/headless';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];

export const endpointsController: Controller = {
  name: 'endpoint-controller',
  watches: [watchSelf(SERVICE), watchServicePods, watchSelf(ENDPOINTS)],
  reconcile(key, context) {
    const service = objectOf(context.client, SERVICE, key);
    if (!service) {
      removeEndpoints(key, context);
      return;
    }
    const { selector, type } = service.spec ?? {};
    if (!selector || type === 'ExternalName') {
      return;
    }
    const pods = context.client.list(POD, { namespace: service.metadata.namespace, selector: { matchLabels: selector } });
    const endpoints = pods.flatMap((pod) => endpointPod(service, pod) ?? []).filter(({ terminating }) => !terminating);
    applyEndpoints(service, subsetsOf(service, endpoints), lastChange(service, pods), context);
  },
};

/** The endpoints of a deleted service go with it, unless someone wrote them by hand. */
function removeEndpoints(key: Key, { client }: ControllerContext): void {
  const { namespace, name } = splitKey(key);
  const current = client.get(ENDPOINTS, namespace, name);
  if (current?.metadata.labels?.[MANAGED_BY] === MANAGER) {
    ifPresent(() => client.delete(ENDPOINTS, namespace, name));
  }
}

/** Addresses by the ports they share, ready ones apart from those that are not. */
export function subsetsOf(service: Service, endpoints: readonly EndpointPod[]): Subset[] {
  const subsets = new Map<string, { ports: EndpointPort[]; ready: Address[]; notReady: Address[] }>();
  for (const endpoint of endpoints.toSorted(byAddress)) {
    const ports = endpointPorts(service, endpoint.pod);
    if (ports.length === 0 && service.spec?.clusterIP !== 'None') {
      continue;
    }
    const key = JSON.stringify(ports);
    const subset = subsets.get(key) ?? { ports, ready: [], notReady: [] };
    (endpoint.ready ? subset.ready : subset.notReady).push(addressOf(endpoint));
    subsets.set(key, subset);
  }
  return [...subsets.values()].map(({ ports, ready, notReady }) => ({
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(ports.length > 0 ? { ports: ports.map(endpointsPort) } : {}),
  }));
}

function byAddress(a: EndpointPod, b: EndpointPod): number {
  return a.address.localeCompare(b.address, 'en', { numeric: true });
}

function addressOf({ pod, address, nodeName, hostname }: EndpointPod): Address {
  return {
    ...(hostname === undefined ? {} : { hostname }),
    ip: address,
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: targetReference(pod),
  };
}

function endpointsPort({ name, port, protocol, appProtocol }: EndpointPort) {
  return { ...(appProtocol === undefined ? {} : { appProtocol }), ...(name === '' ? {} : { name }), port, protocol };
}

function applyEndpoints(service: Service, subsets: Subset[], changedAt: number, { client }: ControllerContext): void {
  const { name, namespace } = service.metadata;
  const labels: Record<string, string> = { ...service.metadata.labels, [MANAGED_BY]: MANAGER };
  if (service.spec?.clusterIP === 'None') {
    labels[HEADLESS] = '';
  }
  const current = client.get(ENDPOINTS, namespace, name);
  if (current && sameValue(current.subsets ?? [], subsets) && sameValue(current.metadata.labels, labels)) {
    return;
  }
  const annotations = { ...current?.metadata.annotations, [LAST_CHANGE]: isoTime(changedAt) };
  try {
    if (current) {
      client.update(ENDPOINTS, { ...current, metadata: { ...current.metadata, labels, annotations }, subsets });
    } else {
      client.create(ENDPOINTS, { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace, labels, annotations }, subsets });
    }
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      throw error;
    }
  }
}
