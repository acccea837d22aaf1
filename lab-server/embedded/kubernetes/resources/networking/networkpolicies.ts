// networkpolicies: who may talk to the pods a selector names, and to whom they may talk.
import type * as models from '@kubernetes/client-node';
import type { Stored, Wire } from '../../types.ts';
import { cidrContains, isCidr, validateCidr } from '../../validation/addresses.ts';
import { forbidden, invalid, invalidFor, notSupported, required } from '../../validation/field-errors.ts';
import { validateLabelSelector } from '../../validation/label-selector.ts';
import { formatSelector } from '../../values/label-selector.ts';
import { portName, portNumber } from '../../values/names.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type NetworkPolicy = Stored<models.V1NetworkPolicy>;
type Spec = NonNullable<NetworkPolicy['spec']>;
type Port = Wire<models.V1NetworkPolicyPort>;
type Peer = Wire<models.V1NetworkPolicyPeer>;

export const networkpolicies = checkedKind<NetworkPolicy>(
  {
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    singular: 'networkpolicy',
    shortNames: ['netpol'],
    namespaced: true,
    model: 'V1NetworkPolicy',
    hasGeneration: true,
    columns: [nameColumn(), textColumn('Pod-Selector', (policy) => formatSelector(policy.spec?.podSelector ?? {})), ageColumn()],
    setDefaults(policy) {
      const spec = (policy.spec ??= {} as Spec);
      spec.podSelector ??= {};
      for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
        ports?.forEach((port) => (port.protocol ??= 'TCP'));
      }
      if (!spec.policyTypes?.length) {
        spec.policyTypes = ['Ingress', ...(spec.egress?.length ? ['Egress'] : [])];
      }
    },
  },
  { validate: ({ spec = {} as Spec }) => validateSpec(spec) },
);

function validateSpec(spec: Spec): FieldError[] {
  const errors = validateLabelSelector(spec.podSelector, 'spec.podSelector');
  spec.ingress?.forEach(({ ports, _from, ...rest }, index) => {
    // The client's model calls it `_from`, as `from` is a word of the language; on the wire it is `from`.
    const from = _from ?? (rest as { from?: Peer[] }).from;
    const at = `spec.ingress[${index}]`;
    ports?.forEach((port, position) => errors.push(...validatePort(port, `${at}.ports[${position}]`)));
    from?.forEach((peer, position) => errors.push(...validatePeer(peer, `${at}.from[${position}]`)));
  });
  spec.egress?.forEach(({ ports, to }, index) => {
    const at = `spec.egress[${index}]`;
    ports?.forEach((port, position) => errors.push(...validatePort(port, `${at}.ports[${position}]`)));
    to?.forEach((peer, position) => errors.push(...validatePeer(peer, `${at}.to[${position}]`)));
  });
  const types = spec.policyTypes ?? [];
  if (types.length > 2) {
    return [...errors, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  }
  types.forEach((type, index) => {
    if (type !== 'Ingress' && type !== 'Egress') {
      errors.push(notSupported(`spec.policyTypes[${index}]`, type, ['Ingress', 'Egress']));
    }
  });
  return errors;
}

function validatePort({ protocol, port, endPort }: Port, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol && !['TCP', 'UDP', 'SCTP'].includes(protocol)) {
    errors.push(notSupported(`${path}.protocol`, protocol, ['TCP', 'UDP', 'SCTP']));
  }
  const hasEnd = typeof endPort === 'number';
  if (typeof port === 'number') {
    errors.push(...invalidFor(`${path}.port`, port, portNumber(port)));
    if (hasEnd && endPort < port) {
      errors.push(invalid(`${path}.endPort`, endPort, 'must be greater than or equal to `port`'));
    }
    if (hasEnd) {
      errors.push(...invalidFor(`${path}.endPort`, endPort, portNumber(endPort)));
    }
  } else if (typeof port === 'string') {
    if (hasEnd) {
      errors.push(invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    }
    errors.push(...invalidFor(`${path}.port`, port, portName(port)));
  } else if (hasEnd) {
    errors.push(invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is not specified'));
  }
  return errors;
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: Peer, path: string): FieldError[] {
  const errors = [
    ...(podSelector ? validateLabelSelector(podSelector, `${path}.podSelector`) : []),
    ...(namespaceSelector ? validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`) : []),
    ...(ipBlock ? validateBlock(ipBlock, `${path}.ipBlock`) : []),
  ];
  if (!podSelector && !namespaceSelector && !ipBlock) {
    errors.push(required(path, 'must specify a peer'));
  } else if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  }
  return errors;
}

function validateBlock({ cidr, except = [] }: NonNullable<Peer['ipBlock']>, path: string): FieldError[] {
  if (!cidr) {
    return [required(`${path}.cidr`)];
  }
  if (!isCidr(cidr)) {
    return validateCidr(cidr, `${path}.cidr`);
  }
  return except.flatMap((one, index) => {
    const at = `${path}.except[${index}]`;
    return isCidr(one) && !cidrContains(cidr, one) ? [invalid(at, one, 'must be a strict subset of `cidr`')] : validateCidr(one, at);
  });
}
