// Validation of requests and limits of containers, and of resource names anywhere.
import type { FieldError } from '../resources/kind.ts';
import { mustNotBeNegative, qualifiedName } from '../values/names.ts';
import { type Quantity, compareQuantities, formatQuantity, tryParseQuantity } from '../values/quantity.ts';
import { STANDARD_RESOURCES } from '../values/resource-names.ts';
import { invalid, invalidFor, required } from './field-errors.ts';
import type { ResourceRequirements } from './pod-types.ts';

const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage']);
/** Resources whose request must equal their limit: they cannot be overcommitted. */
function isExact(name: string): boolean {
  return name.startsWith('hugepages-') || isExtendedResource(name);
}

/** `nvidia.com/gpu`: outside kubernetes.io, counted in whole units. */
export function isExtendedResource(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}

export function validateContainerResources(resources: ResourceRequirements | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const limits = Object.entries(resources?.limits ?? {});
  for (const [name, text] of limits) {
    errors.push(...validateResourceName(name, `${path}.limits[${name}]`), ...validateAmount(name, text, `${path}.limits[${name}]`));
  }
  for (const [name, text] of Object.entries(resources?.requests ?? {})) {
    errors.push(...validateResourceName(name, `${path}.requests[${name}]`), ...validateAmount(name, text, `${path}.requests[${name}]`));
    const request = tryParseQuantity(text);
    const limit = tryParseQuantity(resources?.limits?.[name]);
    if (request && limit) {
      errors.push(...validateAgainstLimit(name, request, limit, `${path}.requests`));
    } else if (request && isExact(name)) {
      errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    }
  }
  return errors;
}

function validateAgainstLimit(name: string, request: Quantity, limit: Quantity, path: string): FieldError[] {
  if (isExact(name) && compareQuantities(request, limit) !== 0) {
    return [invalid(path, formatQuantity(request), `must be equal to ${name} limit of ${formatQuantity(limit)}`)];
  }
  return compareQuantities(request, limit) > 0
    ? [invalid(path, formatQuantity(request), `must be less than or equal to ${name} limit of ${formatQuantity(limit)}`)]
    : [];
}

function validateResourceName(name: string, path: string): FieldError[] {
  const errors = invalidFor(path, name, qualifiedName(name));
  if (errors.length > 0 || name.includes('/') || containerResources.has(name) || name.startsWith('hugepages-')) {
    return errors;
  }
  if (!STANDARD_RESOURCES.has(name)) {
    errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'));
  }
  errors.push(invalid(path, name, 'must be a standard resource for containers'));
  return errors;
}

/** Resources counted in whole units. */
const countedResources = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
]);

/** An amount must not be negative, and whole where the resource is counted in units. */
export function validateAmount(name: string, text: unknown, path: string): FieldError[] {
  const quantity = tryParseQuantity(text);
  if (!quantity) {
    return [];
  }
  if (quantity.nanos < 0n) {
    return [invalid(path, formatQuantity(quantity), mustNotBeNegative)];
  }
  if ((countedResources.has(name) || isExtendedResource(name)) && quantity.nanos % 1_000_000_000n !== 0n) {
    return [invalid(path, formatQuantity(quantity), 'must be an integer')];
  }
  return [];
}
