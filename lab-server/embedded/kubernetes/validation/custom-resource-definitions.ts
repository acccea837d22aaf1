// Validation of CustomResourceDefinitions (k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation).
import type * as models from '@kubernetes/client-node';
import type { FieldError } from '../resources/kind.ts';
import type { Stored, Wire } from '../types.ts';
import { dns1035Label, dns1123Subdomain } from '../values/names.ts';
import { duplicate, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { validateImmutable } from './object-meta.ts';
import { validateStructuralSchema } from './structural-schemas.ts';
import type { Unchecked } from './unchecked.ts';

type Definition = Stored<models.V1CustomResourceDefinition>;
type Names = Unchecked<Wire<models.V1CustomResourceDefinitionNames>>;
type Version = Unchecked<Wire<models.V1CustomResourceDefinitionVersion>>;

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const approval = 'api-approved.kubernetes.io';

export function validateDefinition({ metadata, spec }: Definition): FieldError[] {
  return validateSpec(spec ?? {}, metadata);
}

function validateSpec(spec: Unchecked<Definition['spec']>, metadata: Definition['metadata']): FieldError[] {
  const errors: FieldError[] = [];
  const { group = '', names = {}, scope = '', versions = [] } = spec;
  if (metadata.name !== `${names.plural}.${group}`) {
    errors.push(invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  const problems = dns1123Subdomain(group);
  if (group === '') {
    errors.push(required('spec.group'));
  } else if (problems.length > 0) {
    errors.push(...invalidFor('spec.group', group, [problems.join(',')]));
  } else if (!group.includes('.')) {
    errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  }
  if (scope === '') {
    errors.push(required('spec.scope'));
  } else if (scope !== 'Cluster' && scope !== 'Namespaced') {
    errors.push(notSupported('spec.scope', scope, ['Cluster', 'Namespaced']));
  }
  errors.push(...validateVersions(versions));
  if (isProtected(group) && !metadata.annotations?.[approval]) {
    const page = 'https://github.com/kubernetes/enhancements/pull/1111';
    const detail = `protected groups must have approval annotation "${approval}", see ${page}`;
    errors.push(required(`metadata.annotations[${approval}]`, detail));
  }
  return [...errors, ...validateNames(names, 'spec.names')];
}

export function validateDefinitionChange({ spec }: Definition, old: Definition): FieldError[] {
  const established = old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
  const once = [
    ...validateImmutable(spec?.scope, old.spec?.scope, 'spec.scope'),
    ...validateImmutable(spec?.names?.kind, old.spec?.names?.kind, 'spec.names.kind'),
  ];
  return [
    ...(established ? once : []),
    ...validateImmutable(spec?.group, old.spec?.group, 'spec.group'),
    ...validateImmutable(spec?.names?.plural, old.spec?.names?.plural, 'spec.names.plural'),
  ];
}

/** Groups that belong to the Kubernetes project. */
function isProtected(group: string): boolean {
  return /(^|\.)(k8s\.io|kubernetes\.io)$/.test(group);
}

function validateVersions(versions: readonly Version[]): FieldError[] {
  const seen = new Set<string>();
  const errors = versions.flatMap((version, index) => {
    const path = `spec.versions[${index}]`;
    const found = validateVersion(version, path);
    const name = version.name ?? '';
    if (seen.has(name)) {
      found.push(duplicate(`${path}.name`, name));
    }
    seen.add(name);
    return found;
  });
  if (versions.filter((version) => version.storage).length !== 1) {
    errors.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'));
  }
  return errors;
}

function validateVersion(version: Version, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const problems = dns1035Label(version.name ?? '');
  if (problems.length > 0) {
    errors.push(invalid(`${path}.name`, version.name ?? '', problems.join(',')));
  }
  const schema = version.schema?.openAPIV3Schema;
  const at = `${path}.schema.openAPIV3Schema`;
  errors.push(...(schema ? validateStructuralSchema(schema, at) : [required(at, 'schemas are required')]));
  const scale = version.subresources?.scale;
  for (const [field, root] of [
    ['specReplicasPath', '.spec'],
    ['statusReplicasPath', '.status'],
  ] as const) {
    const value = scale?.[field];
    if (scale && !value) {
      errors.push(required(`${path}.subresources.scale.${field}`));
    } else if (value && !value.startsWith(`${root}.`)) {
      errors.push(invalid(`${path}.subresources.scale.${field}`, value, `should be a json path under ${root}`));
    }
  }
  version.additionalPrinterColumns?.forEach(({ name, type, jsonPath }, index) => {
    const column = `${path}.additionalPrinterColumns[${index}]`;
    const types = `must be one of ${columnTypes.join(',')}`;
    if (!name) {
      errors.push(required(`${column}.name`));
    }
    if (!type) {
      errors.push(required(`${column}.type`, types));
    } else if (!columnTypes.includes(type)) {
      errors.push(invalid(`${column}.type`, type, types));
    }
    if (!jsonPath) {
      errors.push(required(`${column}.JSONPath`));
    }
  });
  return errors;
}

function validateNames(names: Names, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (field: string, value: string, mixedCase: boolean) => {
    const problems = dns1035Label(mixedCase ? value.toLowerCase() : value);
    if (problems.length > 0) {
      const prefix = mixedCase ? 'may have mixed case, but should otherwise match: ' : '';
      errors.push(invalid(`${path}.${field}`, value, `${prefix}${problems.join(',')}`));
    }
  };
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const) {
    if (names[field]) {
      check(field, names[field], field === 'kind' || field === 'listKind');
    } else {
      errors.push(required(`${path}.${field}`));
    }
  }
  names.shortNames?.forEach((name, index) => check(`shortNames[${index}]`, name, false));
  names.categories?.forEach((name, index) => check(`categories[${index}]`, name, false));
  if (names.kind && names.kind === names.listKind) {
    errors.push(invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  }
  return errors;
}
