// Validation of a container's environment: env, envFrom and what they refer to.
import type { FieldError } from '../resources/kind.ts';
import { configMapKey, dns1123Subdomain, environmentVariableName, qualifiedName } from '../values/names.ts';
import { canonicalQuantity, tryParseQuantity } from '../values/quantity.ts';
import { invalid, invalidFor, notSupported, required } from './field-errors.ts';
import type { EnvFromSource, EnvVar } from './pod-types.ts';

type ValueFrom = NonNullable<EnvVar['valueFrom']>;
type FieldRef = NonNullable<ValueFrom['fieldRef']>;
type ResourceFieldRef = NonNullable<ValueFrom['resourceFieldRef']>;

/** Fields a variable may take from its pod. Sorted, as the message lists them. */
const variableFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** Fields a file of a downward API volume may hold. */
export const fileFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
/** Fields that the server knows at all, for either use. */
const knownFields = new Set([
  ...variableFields,
  'metadata.annotations',
  'metadata.labels',
  'spec.schedulerName',
  'spec.restartPolicy',
  'spec.hostNetwork',
  'status.phase',
  'status.nominatedNodeName',
]);
const resourceFields = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const byteDivisors = new Set(['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']);

export function validateEnvironment(variables: readonly EnvVar[], path: string): FieldError[] {
  return variables.flatMap((variable, index) => {
    const at = `${path}[${index}]`;
    const name = variable.name ?? '';
    const errors = name === '' ? [required(`${at}.name`)] : invalidFor(`${at}.name`, name, environmentVariableName(name));
    if (variable.valueFrom) {
      errors.push(...validateValueFrom(variable.valueFrom, Boolean(variable.value), `${at}.valueFrom`));
    }
    return errors;
  });
}

function validateValueFrom(from: ValueFrom, hasValue: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const sources = (['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const).filter((one) => from[one]);
  if (from.fieldRef) {
    errors.push(...validateFieldRef(from.fieldRef, variableFields, `${path}.fieldRef`));
  }
  if (from.resourceFieldRef) {
    errors.push(...validateResourceFieldRef(from.resourceFieldRef, false, `${path}.resourceFieldRef`));
  }
  for (const source of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = from[source];
    if (reference) {
      const name = reference.name ?? '';
      errors.push(...invalidFor(`${path}.${source}.name`, name, dns1123Subdomain(name)));
      errors.push(...validateKey(reference.key ?? '', `${path}.${source}.key`));
    }
  }
  if (sources.length === 0) {
    const names = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(invalid(path, '', `must specify one of: ${names}`));
  } else if (hasValue) {
    errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  } else if (sources.length > 1) {
    errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

export function validateKey(key: string, path: string): FieldError[] {
  return key === '' ? [required(path)] : invalidFor(path, key, configMapKey(key));
}

export function validateFieldRef(reference: FieldRef, allowed: readonly string[], path: string): FieldError[] {
  if (!reference.apiVersion) {
    return [required(`${path}.apiVersion`)];
  }
  const field = reference.fieldPath ?? '';
  if (field === '') {
    return [required(`${path}.fieldPath`)];
  }
  const subscripted = /^([^[\]]+)\['(.*)'\]$/.exec(field);
  if (subscripted) {
    const [, base = '', key = ''] = subscripted;
    if (base === 'metadata.annotations') {
      return invalidFor(path, key.toLowerCase(), qualifiedName(key.toLowerCase()));
    }
    if (base === 'metadata.labels') {
      return invalidFor(path, key, qualifiedName(key));
    }
    return [invalid(`${path}.fieldPath`, field, `error converting fieldPath: field label does not support subscript: ${field}`)];
  }
  if (!knownFields.has(field)) {
    return [invalid(`${path}.fieldPath`, field, `error converting fieldPath: field label not supported: ${field}`)];
  }
  return allowed.includes(field) ? [] : [notSupported(`${path}.fieldPath`, field, allowed)];
}

export function validateResourceFieldRef(reference: ResourceFieldRef, inVolume: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const resource = reference.resource ?? '';
  if (inVolume && !reference.containerName) {
    errors.push(required(`${path}.containerName`));
  } else if (resource === '') {
    errors.push(required(`${path}.resource`));
  } else if (!resourceFields.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    errors.push(notSupported(`${path}.resource`, resource, resourceFields));
  }
  const divisor = reference.divisor === undefined || reference.divisor === null ? undefined : tryParseQuantity(reference.divisor);
  if (divisor === undefined || divisor.nanos === 0n) {
    return errors;
  }
  const text = canonicalQuantity(String(reference.divisor));
  const unit = resource.slice(resource.indexOf('.') + 1);
  if (unit === 'cpu' && text !== '1' && text !== '1m') {
    errors.push(invalid(`${path}.divisor`, resource, "only divisor's values 1m and 1 are supported with the cpu resource"));
  } else if (unit !== 'cpu' && !byteDivisors.has(text)) {
    const named = unit === 'memory' ? 'memory' : unit === 'ephemeral-storage' ? 'local ephemeral storage' : 'hugepages';
    const values = [...byteDivisors].join(', ');
    errors.push(invalid(`${path}.divisor`, resource, `only divisor's values ${values} are supported with the ${named} resource`));
  }
  return errors;
}

export function validateEnvironmentSources(sources: readonly EnvFromSource[], path: string): FieldError[] {
  return sources.flatMap((source, index) => {
    const at = `${path}[${index}]`;
    const errors = source.prefix ? invalidFor(`${at}.prefix`, source.prefix, environmentVariableName(source.prefix)) : [];
    for (const kind of ['configMapRef', 'secretRef'] as const) {
      const name = source[kind]?.name ?? '';
      if (source[kind]) {
        errors.push(...(name === '' ? [required(`${at}.${kind}.name`)] : invalidFor(`${at}.${kind}.name`, name, dns1123Subdomain(name))));
      }
    }
    if (!source.configMapRef && !source.secretRef) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (source.configMapRef && source.secretRef) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}
