// An object as an event points at it.
import type { CoreEvent, KubernetesObject } from '../types.ts';

export type ObjectReference = CoreEvent['involvedObject'];

/** A reference to `object`; `fieldPath` names a part of it, such as `spec.containers{web}`. */
export function referenceTo(object: KubernetesObject, fieldPath?: string): ObjectReference {
  const { metadata } = object;
  const reference: ObjectReference = { kind: object.kind };
  if (metadata.namespace) {
    reference.namespace = metadata.namespace;
  }
  if (metadata.name) {
    reference.name = metadata.name;
  }
  if (metadata.uid) {
    reference.uid = metadata.uid;
  }
  reference.apiVersion = object.apiVersion;
  if (metadata.resourceVersion) {
    reference.resourceVersion = metadata.resourceVersion;
  }
  if (fieldPath) {
    reference.fieldPath = fieldPath;
  }
  return reference;
}
