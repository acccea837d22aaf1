// endpointslices: where the traffic of a service can go.
import type { EndpointSlice } from '../../types.ts';
import { validateEndpointAddress } from '../../validation/addresses.ts';
import { duplicate, invalid, invalidFor, notSupported, required, tooMany } from '../../validation/field-errors.ts';
import { subdomainName, validateImmutable, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import { validateProtocol } from '../../validation/ports.ts';
import { dns1123Label, dns1123Subdomain, portNumber } from '../../values/names.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError, KindDefinition } from '../kind.ts';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

export const endpointslices: KindDefinition<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  model: 'V1EndpointSlice',
  hasGeneration: true,
  columns: [
    nameColumn(),
    textColumn('AddressType', (slice) => slice.addressType ?? ''),
    textColumn('Ports', (slice) => firstThree((slice.ports ?? []).map(({ port, name }) => String(port ?? name ?? '*')))),
    textColumn('Endpoints', (slice) => firstThree((slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []))),
    ageColumn(),
  ],
  setDefaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  validateCreate: (slice) => [...validateObjectMeta(slice.metadata, true, subdomainName), ...validateSlice(slice)],
  validateUpdate: (slice, old) => [
    ...validateObjectMetaUpdate(slice.metadata, old.metadata),
    ...validateSlice(slice),
    ...validateImmutable(slice.addressType, old.addressType, 'addressType'),
  ],
};

function firstThree(list: readonly string[]): string {
  if (list.length === 0) {
    return '<unset>';
  }
  const shown = list.slice(0, 3).join(',');
  return list.length > 3 ? `${shown} + ${list.length - 3} more...` : shown;
}

function validateSlice(slice: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  if (!slice.addressType) {
    errors.push(required('addressType'));
  } else if (!addressTypes.includes(slice.addressType)) {
    errors.push(notSupported('addressType', slice.addressType, addressTypes));
  }
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > 1000) {
    errors.push(tooMany('endpoints', endpoints.length, 1000));
  }
  endpoints.forEach((endpoint, index) => {
    const path = `endpoints[${index}]`;
    const addresses = endpoint.addresses ?? [];
    if (addresses.length === 0) {
      errors.push(required(`${path}.addresses`, 'must contain at least 1 address'));
    } else if (addresses.length > 100) {
      errors.push(tooMany(`${path}.addresses`, addresses.length, 100));
    }
    addresses.forEach((address, position) => errors.push(...validateSliceAddress(slice, address, `${path}.addresses[${position}]`)));
    if (endpoint.hostname) {
      errors.push(...invalidFor(`${path}.hostname`, endpoint.hostname, dns1123Label(endpoint.hostname)));
    }
  });
  return [...errors, ...validatePorts(slice)];
}

function validateSliceAddress(slice: EndpointSlice, address: string, path: string): FieldError[] {
  switch (slice.addressType) {
    case 'IPv4':
      return address.includes(':') ? [invalid(path, address, 'must be a valid IPv4 address')] : validateEndpointAddress(address, path);
    case 'IPv6':
      return address.includes(':') ? validateEndpointAddress(address, path) : [invalid(path, address, 'must be a valid IPv6 address')];
    default:
      return invalidFor(path, address, dns1123Subdomain(address));
  }
}

function validatePorts(slice: EndpointSlice): FieldError[] {
  const names = new Set<string>();
  return (slice.ports ?? []).flatMap(({ name, port, protocol }, index) => {
    const path = `ports[${index}]`;
    const errors: FieldError[] = [];
    if (name) {
      errors.push(...invalidFor(`${path}.name`, name, dns1123Label(name)));
    }
    if (names.has(name ?? '')) {
      errors.push(duplicate(`${path}.name`, name ?? ''));
    }
    names.add(name ?? '');
    if (typeof port === 'number') {
      errors.push(...invalidFor(`${path}.port`, port, portNumber(port)));
    }
    return [...errors, ...validateProtocol(protocol, `${path}.protocol`)];
  });
}
