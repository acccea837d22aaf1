// Copies Endpoints that people write by hand, for services without a selector, into EndpointSlices.
import type { EndpointSlice } from '../types.ts';
import { sameValue } from '../values/same.ts';
import type { Controller } from './controller.ts';
import { objectOf, watchSelf } from './keys.ts';
import { ENDPOINTS, ENDPOINT_SLICE, type Endpoints, SERVICE } from './kinds.ts';
import { ifPresent } from './ownership.ts';
import { controllerReference } from './pods/from-template.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export const endpointSliceMirroringController: Controller = {
  name: 'endpoint-slice-mirroring-controller',
  serviceAccount: 'endpointslicemirroring-controller',
  watches: [watchSelf(ENDPOINTS), watchSelf(SERVICE)],
  reconcile(key, { client }) {
    const endpoints = objectOf(client, ENDPOINTS, key);
    const service = objectOf(client, SERVICE, key);
    const [namespace = '', name = ''] = key.split('/');
    const slices = client.list(ENDPOINT_SLICE, {
      namespace,
      selector: { matchLabels: { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER } },
    });
    const isMirrored = endpoints && service && !service.spec?.selector && isMeant(endpoints);
    const wanted = isMirrored ? mirror(endpoints) : [];
    const surplus = slices.filter((slice) => !wanted.some((want) => isSame(slice, want)));
    for (const want of wanted.filter((one) => !slices.some((slice) => isSame(slice, one)))) {
      client.create(ENDPOINT_SLICE, want);
    }
    for (const { metadata } of surplus) {
      ifPresent(() => client.delete(ENDPOINT_SLICE, metadata.namespace, metadata.name));
    }
  },
};

function isMeant({ metadata }: Endpoints): boolean {
  return metadata.labels?.[SKIP_MIRROR] !== 'true' && metadata.annotations?.[LEADER] === undefined && !metadata.deletionTimestamp;
}

type NewSlice = Omit<EndpointSlice, 'metadata'> & { metadata: object };

function isSame(slice: EndpointSlice, want: NewSlice): boolean {
  return slice.addressType === want.addressType && sameValue(slice.ports, want.ports) && sameValue(slice.endpoints, want.endpoints);
}

/** One slice for each subset and family of addresses. */
function mirror(endpoints: Endpoints): NewSlice[] {
  const { name, namespace, labels, annotations = {} } = endpoints.metadata;
  const { [LAST_APPLIED]: _, ...copied } = annotations;
  const slices: NewSlice[] = [];
  for (const subset of endpoints.subsets ?? []) {
    for (const addressType of ['IPv4', 'IPv6']) {
      const members = [
        ...(subset.addresses ?? []).map((address) => ({ address, ready: true })),
        ...(subset.notReadyAddresses ?? []).map((address) => ({ address, ready: false })),
      ].filter(({ address }) => address.ip.includes(':') === (addressType === 'IPv6'));
      if (members.length === 0) {
        continue;
      }
      slices.push({
        apiVersion: ENDPOINT_SLICE.apiVersion,
        kind: ENDPOINT_SLICE.kind,
        metadata: {
          generateName: `${name}-`,
          namespace,
          labels: { ...labels, [MANAGED_BY]: MANAGER, [SERVICE_NAME]: name },
          annotations: copied,
          ownerReferences: [controllerReference(endpoints)],
        },
        addressType,
        ports: (subset.ports ?? []).map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' })),
        endpoints: members.map(({ address: { ip, hostname, nodeName, targetRef }, ready }) => ({
          addresses: [ip],
          conditions: { ready },
          ...(hostname ? { hostname } : {}),
          ...(nodeName ? { nodeName } : {}),
          ...(targetRef ? { targetRef } : {}),
        })),
      });
    }
  }
  return slices;
}
