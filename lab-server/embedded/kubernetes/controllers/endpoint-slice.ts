// EndpointSlices: the addresses behind each service with a selector, at most a hundred a slice.
import type { EndpointSlice, Service } from '../types.ts';
import { isoTime } from '../values/iso-time.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { objectOf, watchSelf } from './keys.ts';
import { ENDPOINT_SLICE, POD, SERVICE } from './kinds.ts';
import { ifPresent } from './ownership.ts';
import { controllerReference } from './pods/from-template.ts';
import { isNamespaceTerminating } from './pods/replicas.ts';
import { sameValue } from '../values/same.ts';
import { type EndpointPod, type EndpointPort, endpointPod, endpointPorts, lastChange, targetReference } from './services/endpoint-pods.ts';
import { watchServicePods } from './services/service-keys.ts';

const MAX_ENDPOINTS = 100;
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];
type SlicePort = NonNullable<EndpointSlice['ports']>[number];

/** What a slice should hold, apart from its name. */
export interface WantedSlice {
  ports: SlicePort[] | undefined;
  endpoints: Endpoint[];
}

export const endpointSliceController: Controller = {
  name: 'endpoint-slice-controller',
  serviceAccount: 'endpointslice-controller',
  watches: [
    watchSelf(SERVICE),
    watchServicePods,
    {
      kind: ENDPOINT_SLICE,
      keys: ({ metadata }) => {
        const service = metadata.labels?.[MANAGED_BY] === MANAGER ? metadata.labels[SERVICE_NAME] : undefined;
        return service === undefined ? [] : [`${metadata.namespace}/${service}`];
      },
    },
  ],
  reconcile(key, context) {
    const { client } = context;
    const service = objectOf(client, SERVICE, key);
    const { selector, type } = service?.spec ?? {};
    if (!service || service.metadata.deletionTimestamp || !selector || type === 'ExternalName') {
      return;
    }
    const pods = client.list(POD, { namespace: service.metadata.namespace, selector: { matchLabels: selector } });
    const endpoints = pods.flatMap((pod) => endpointPod(service, pod) ?? []);
    const slices = client.list(ENDPOINT_SLICE, {
      namespace: service.metadata.namespace,
      selector: { matchLabels: { [SERVICE_NAME]: service.metadata.name, [MANAGED_BY]: MANAGER } },
    });
    const changedAt = lastChange(service, pods);
    applySlices(service, wantedSlices(service, endpoints), slices, changedAt, context);
  },
};

/** Endpoints grouped by the ports they offer, in slices of bounded size; one empty slice where there is none. */
export function wantedSlices(service: Service, endpoints: readonly EndpointPod[]): WantedSlice[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: EndpointPod[] }>();
  for (const endpoint of endpoints) {
    const ports = endpointPorts(service, endpoint.pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpoint);
    groups.set(key, group);
  }
  const wanted: WantedSlice[] = [];
  for (const group of groups.values()) {
    for (let start = 0; start < group.endpoints.length; start += MAX_ENDPOINTS) {
      wanted.push({
        ports: group.ports.map(slicePort),
        endpoints: group.endpoints.slice(start, start + MAX_ENDPOINTS).map(sliceEndpoint),
      });
    }
  }
  return wanted.length > 0 ? wanted : [{ ports: undefined, endpoints: [] }];
}

function slicePort({ name, port, protocol, appProtocol }: EndpointPort): SlicePort {
  return appProtocol === undefined ? { name, port, protocol } : { appProtocol, name, port, protocol };
}

function sliceEndpoint({ pod, address, nodeName, hostname, ready, serving, terminating }: EndpointPod): Endpoint {
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: targetReference(pod),
  };
}

/** Keeps slices that are right already, fills others anew, creates what is missing and removes what is left over. */
function applySlices(
  service: Service,
  wanted: readonly WantedSlice[],
  slices: readonly EndpointSlice[],
  changedAt: number,
  { client }: ControllerContext,
): void {
  const labels = sliceLabels(service);
  const annotations = { [LAST_CHANGE]: isoTime(changedAt) };
  const isRight = (slice: EndpointSlice, want: WantedSlice) =>
    sameValue(slice.ports ?? [], want.ports ?? []) &&
    sameValue(slice.endpoints ?? [], want.endpoints) &&
    sameValue(slice.metadata.labels, labels);
  const unused = slices.filter((slice) => !wanted.some((want) => isRight(slice, want)));
  const missing = wanted.filter((want) => !slices.some((slice) => isRight(slice, want)));
  for (const want of missing) {
    // A slice of the same ports is filled anew rather than replaced, so that watchers see one change.
    const index = Math.max(
      unused.findIndex((slice) => sameValue(slice.ports ?? [], want.ports ?? [])),
      unused.length > 0 ? 0 : -1,
    );
    const [reused] = index === -1 ? [] : unused.splice(index, 1);
    if (reused) {
      const metadata = { ...reused.metadata, labels, annotations: { ...reused.metadata.annotations, ...annotations } };
      client.update(ENDPOINT_SLICE, { ...reused, metadata, ...want } as EndpointSlice);
      continue;
    }
    try {
      client.create(ENDPOINT_SLICE, {
        apiVersion: ENDPOINT_SLICE.apiVersion,
        kind: ENDPOINT_SLICE.kind,
        metadata: {
          generateName: `${service.metadata.name}-`,
          namespace: service.metadata.namespace,
          labels,
          annotations,
          ownerReferences: [controllerReference(service)],
        },
        addressType: service.spec?.ipFamilies?.[0] ?? 'IPv4',
        ...want,
      });
    } catch (error) {
      if (!isNamespaceTerminating(error)) {
        throw error;
      }
    }
  }
  for (const { metadata } of unused) {
    ifPresent(() => client.delete(ENDPOINT_SLICE, metadata.namespace, metadata.name));
  }
}

/** The service's own labels, and those by which the slices of a service are found. */
function sliceLabels(service: Service): Record<string, string> {
  const labels: Record<string, string> = { ...service.metadata.labels };
  if (service.spec?.clusterIP === 'None') {
    labels[HEADLESS] = '';
  }
  return { ...labels, [MANAGED_BY]: MANAGER, [SERVICE_NAME]: service.metadata.name };
}
