// What every kind's metadata must keep to, on create and on update (k8s.io/apimachinery/pkg/api/validation).
import type { FieldError } from '../resources/kind.ts';
import type { ObjectMeta, OwnerReference } from '../types.ts';
import { dns1123Label, dns1123Subdomain, labelValue, mustNotBeNegative, pathSegment, qualifiedName } from '../values/names.ts';
import { sameValue } from '../values/same.ts';
import { forbidden, invalid, invalidFor, required, tooLong } from './field-errors.ts';
import type { Unchecked } from './unchecked.ts';

/** Says what is wrong with a name. */
export type NameRule = (name: string) => string[];

export const subdomainName: NameRule = dns1123Subdomain;
export const labelName: NameRule = dns1123Label;
export const pathSegmentName: NameRule = pathSegment;

const annotationsLimit = 256 * 1024;

export function validateObjectMeta(metadata: ObjectMeta, namespaced: boolean, rule: NameRule, path = 'metadata'): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.generateName) {
    errors.push(...invalidFor(`${path}.generateName`, metadata.generateName, rule(maskTrailingDash(metadata.generateName))));
  }
  if (!metadata.name) {
    errors.push(required(`${path}.name`, 'name or generateName is required'));
  } else {
    errors.push(...invalidFor(`${path}.name`, metadata.name, rule(metadata.name)));
  }
  if (namespaced) {
    if (!metadata.namespace) {
      errors.push(required(`${path}.namespace`));
    } else {
      errors.push(...invalidFor(`${path}.namespace`, metadata.namespace, dns1123Label(metadata.namespace)));
    }
  } else if (metadata.namespace) {
    errors.push(forbidden(`${path}.namespace`, 'not allowed on this type'));
  }
  errors.push(...validateCommon(metadata, path), ...validateFinalizers(metadata.finalizers ?? [], `${path}.finalizers`));
  return errors;
}

export function validateObjectMetaUpdate(metadata: ObjectMeta, old: ObjectMeta, path = 'metadata'): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const added = (metadata.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer)).toSorted();
    if (added.length > 0) {
      const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
      errors.push(
        forbidden(
          `${path}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
        ),
      );
    }
  }
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    errors.push(...validateImmutable(metadata[field], old[field], `${path}.${field}`));
  }
  errors.push(...validateCommon(metadata, path));
  return errors;
}

/** `shown`: the new value as the refusal shall show it. */
export function validateImmutable(value: unknown, old: unknown, path: string, shown = value): FieldError[] {
  return sameValue(value, old) ? [] : [invalid(path, shown, 'field is immutable')];
}

export function validateLabels(labels: Record<string, string> | null | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => [...invalidFor(path, key, qualifiedName(key)), ...invalidFor(path, value, labelValue(value))]);
}

export function validateAnnotations(annotations: Record<string, string> | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    errors.push(...invalidFor(path, key, qualifiedName(key.toLowerCase())));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > annotationsLimit) {
    errors.push(tooLong(path, annotationsLimit));
  }
  return errors;
}

export function validateNonNegative(value: number | null | undefined, path: string): FieldError[] {
  return typeof value === 'number' && value < 0 ? [invalid(path, value, mustNotBeNegative)] : [];
}

function validateCommon(metadata: ObjectMeta, path: string): FieldError[] {
  return [
    ...validateNonNegative(metadata.generation, `${path}.generation`),
    ...validateLabels(metadata.labels, `${path}.labels`),
    ...validateAnnotations(metadata.annotations, `${path}.annotations`),
    ...validateOwnerReferences(metadata.ownerReferences ?? [], `${path}.ownerReferences`),
  ];
}

function validateOwnerReferences(references: readonly OwnerReference[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller = '';
  for (const reference of references) {
    errors.push(...validateOwnerReference(reference, path));
    if (reference.controller) {
      const name = `${reference.kind}/${reference.name}`;
      if (controller !== '') {
        const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
        errors.push(invalid(path, references, detail));
      } else {
        controller = name;
      }
    }
  }
  return errors;
}

function validateOwnerReference(reference: Unchecked<OwnerReference>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion = '' } = reference;
  if (apiVersion === '' || apiVersion.endsWith('/') || apiVersion.split('/').length > 2) {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, 'version must not be empty'));
  }
  for (const field of ['kind', 'name', 'uid'] as const) {
    if (!reference[field]) {
      errors.push(invalid(`${path}.${field}`, '', 'must not be empty'));
    }
  }
  if (apiVersion === 'v1' && reference.kind === 'Event') {
    errors.push(invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

function validateFinalizers(finalizers: readonly string[], path: string): FieldError[] {
  const errors = finalizers.flatMap((finalizer) => invalidFor(path, finalizer, qualifiedName(finalizer)));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

/** A generated name gets characters appended, so a trailing dash is fine. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}
