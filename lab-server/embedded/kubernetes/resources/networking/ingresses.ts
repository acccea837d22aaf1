// ingresses: which host and path leads to which service.
import type * as models from '@kubernetes/client-node';
import { isIP } from 'node:net';
import type { Stored, Wire } from '../../types.ts';
import { invalid, invalidFor, notSupported, required } from '../../validation/field-errors.ts';
import { dns1123Label, dns1123Subdomain, pathSegment, portName, portNumber, wildcardDns1123Subdomain } from '../../values/names.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type Ingress = Stored<models.V1Ingress>;
type Spec = NonNullable<Ingress['spec']>;
type Rule = NonNullable<Spec['rules']>[number];
type Path = Wire<models.V1HTTPIngressPath>;
type Backend = Wire<models.V1IngressBackend>;

const classAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const forbiddenInPaths = ['//', '/./', '/../', '%2f', '%2F'];
const forbiddenPathEnds = ['/..', '/.'];

export const ingresses = checkedKind<Ingress>(
  {
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'Ingress',
    plural: 'ingresses',
    singular: 'ingress',
    shortNames: ['ing'],
    namespaced: true,
    model: 'V1Ingress',
    subresources: { status: true },
    hasGeneration: true,
    columns: [
      nameColumn(),
      textColumn('Class', (ingress) => ingress.spec?.ingressClassName ?? '<none>'),
      textColumn('Hosts', (ingress) => hostsText(ingress.spec?.rules ?? [])),
      textColumn('Address', addressText),
      textColumn('Ports', (ingress) => (ingress.spec?.tls?.length ? '80, 443' : '80')),
      ageColumn(),
    ],
    prepareForCreate(ingress) {
      ingress.status = { loadBalancer: {} };
    },
    prepareForUpdate(ingress, old) {
      ingress.status = old.status ?? { loadBalancer: {} };
    },
    warnings: ({ metadata }) =>
      metadata.annotations?.[classAnnotation] === undefined
        ? []
        : [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`],
  },
  { validate: validateIngress },
);

function hostsText(rules: readonly Rule[]): string {
  const hosts = rules.flatMap((rule) => (rule.host ? [rule.host] : []));
  if (hosts.length === 0) {
    return '*';
  }
  const shown = hosts.slice(0, 3).join(',');
  return rules.length > 3 && hosts.length >= 3 ? `${shown} + ${rules.length - 3} more...` : shown;
}

function addressText({ status }: Ingress): string {
  const all = (status?.loadBalancer?.ingress ?? []).map((one) => one.ip || one.hostname || '').filter(Boolean);
  return [...new Set(all)].toSorted().join(',');
}

function validateIngress({ metadata, spec = {} }: Ingress): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.rules?.length && !spec.defaultBackend) {
    errors.push(invalid('spec', spec.rules, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (spec.defaultBackend) {
    errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  }
  spec.rules?.forEach((rule, index) => errors.push(...validateRule(rule, `spec.rules[${index}]`)));
  spec.tls?.forEach(({ hosts, secretName }, index) => {
    const at = `spec.tls[${index}]`;
    hosts?.forEach((host, position) => errors.push(...invalidFor(`${at}.hosts[${position}]`, host, hostProblems(host))));
    if (secretName) {
      errors.push(...invalidFor(`${at}.secretName`, secretName, dns1123Subdomain(secretName)));
    }
  });
  if (typeof spec.ingressClassName === 'string') {
    errors.push(...invalidFor('spec.ingressClassName', spec.ingressClassName, dns1123Subdomain(spec.ingressClassName)));
    const annotation = metadata.annotations?.[classAnnotation];
    if (annotation !== undefined && annotation !== spec.ingressClassName && !metadata.resourceVersion) {
      errors.push(invalid(`annotations.${classAnnotation}`, annotation, 'must match `ingressClassName` when both are specified'));
    }
  }
  return errors;
}

function hostProblems(host: string): string[] {
  return host.includes('*') ? wildcardDns1123Subdomain(host) : dns1123Subdomain(host);
}

function validateRule(rule: Rule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (rule.host) {
    if (isIP(rule.host) !== 0) {
      errors.push(invalid(`${path}.host`, rule.host, 'must be a DNS name, not an IP address'));
    }
    errors.push(...invalidFor(`${path}.host`, rule.host, hostProblems(rule.host)));
  }
  if (rule.http) {
    if (!rule.http.paths?.length) {
      errors.push(required(`${path}.http.paths`));
    }
    rule.http.paths?.forEach((one, index) => errors.push(...validatePath(one, `${path}.http.paths[${index}]`)));
  }
  return errors;
}

function validatePath({ path: text = '', pathType, backend }: Path, path: string): FieldError[] {
  if (!pathType) {
    return [required(`${path}.pathType`, 'pathType must be specified')];
  }
  const errors: FieldError[] = [];
  const isAbsolute = text.startsWith('/');
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!isAbsolute) {
      errors.push(invalid(`${path}.path`, text, 'must be an absolute path'));
    }
    for (const part of forbiddenInPaths.filter((one) => text.includes(one))) {
      errors.push(invalid(`${path}.path`, text, `must not contain '${part}'`));
    }
    for (const end of forbiddenPathEnds.filter((one) => text.endsWith(one))) {
      errors.push(invalid(`${path}.path`, text, `cannot end with '${end}'`));
    }
  } else if (pathType === 'ImplementationSpecific') {
    if (text !== '' && !isAbsolute) {
      errors.push(invalid(`${path}.path`, text, 'must be an absolute path'));
    }
  } else {
    errors.push(notSupported(`${path}.pathType`, pathType, pathTypes));
  }
  return [...errors, ...validateBackend(backend ?? {}, `${path}.backend`)];
}

function validateBackend({ resource, service }: Backend, path: string): FieldError[] {
  if (resource && service) {
    return [invalid(path, '', 'cannot set both resource and service backends')];
  }
  if (resource) {
    return (['kind', 'name'] as const).flatMap((field) =>
      resource[field]
        ? invalidFor(`${path}.resource.${field}`, resource[field], pathSegment(resource[field]))
        : [required(`${path}.resource.${field}`)],
    );
  }
  if (!service) {
    return [invalid(path, '', 'resource or service backend is required')];
  }
  const errors = service.name
    ? invalidFor(`${path}.service.name`, service.name, dns1123Label(service.name))
    : [required(`${path}.service.name`)];
  const { name, number } = service.port ?? {};
  if (name && number) {
    errors.push(invalid(path, '', 'cannot set both port name & port number'));
  } else if (name) {
    errors.push(...invalidFor(`${path}.service.port.name`, name, portName(name)));
  } else if (number) {
    errors.push(...invalidFor(`${path}.service.port.number`, number, portNumber(number)));
  } else {
    errors.push(required(path, 'port name or number is required'));
  }
  return errors;
}
