// endpoints: the older form of endpointslices, kept for old clients.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validateEndpointAddress } from '../../validation/addresses.ts';
import { invalidFor, required } from '../../validation/field-errors.ts';
import { subdomainName, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import { validateProtocol } from '../../validation/ports.ts';
import { dns1123Label, portNumber } from '../../values/names.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError, KindDefinition } from '../kind.ts';

export type Endpoints = Stored<models.V1Endpoints>;
type Subset = NonNullable<Endpoints['subsets']>[number];

export const endpoints: KindDefinition<Endpoints> = {
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  model: 'V1Endpoints',
  deprecated: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  hasGeneration: false,
  createsOnUpdate: true,
  columns: [nameColumn(), textColumn('Endpoints', endpointsText), ageColumn()],
  setDefaults(object) {
    for (const port of object.subsets?.flatMap((subset) => subset.ports ?? []) ?? []) {
      port.protocol ||= 'TCP';
    }
  },
  validateCreate: (object) => [...validateObjectMeta(object.metadata, true, subdomainName), ...validateSubsets(object.subsets ?? [])],
  validateUpdate: (object, old) => [...validateObjectMetaUpdate(object.metadata, old.metadata), ...validateSubsets(object.subsets ?? [])],
};

function endpointsText({ subsets = [] }: Endpoints): string {
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`))),
  );
  if (subsets.length === 0) {
    return '<none>';
  }
  const shown = all.slice(0, 3).join(',');
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown;
}

function validateSubsets(subsets: readonly Subset[]): FieldError[] {
  return subsets.flatMap((subset, index) => {
    const path = `subsets[${index}]`;
    const errors: FieldError[] = [];
    if (!subset.addresses?.length && !subset.notReadyAddresses?.length) {
      errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
    }
    for (const list of ['addresses', 'notReadyAddresses'] as const) {
      subset[list]?.forEach(({ ip, hostname }, position) => {
        const at = `${path}.${list}[${position}]`;
        errors.push(...validateEndpointAddress(ip ?? '', `${at}.ip`));
        if (hostname) {
          errors.push(...invalidFor(`${at}.hostname`, hostname, dns1123Label(hostname)));
        }
      });
    }
    subset.ports?.forEach((port, position) => {
      const at = `${path}.ports[${position}]`;
      if (port.name) {
        errors.push(...invalidFor(`${at}.name`, port.name, dns1123Label(port.name)));
      } else if ((subset.ports?.length ?? 0) > 1) {
        errors.push(required(`${at}.name`));
      }
      errors.push(...invalidFor(`${at}.port`, port.port ?? 0, portNumber(port.port ?? 0)));
      errors.push(...validateProtocol(port.protocol, `${at}.protocol`));
    });
    return errors;
  });
}
