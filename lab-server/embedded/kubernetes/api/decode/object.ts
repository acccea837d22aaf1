// An object of a kind, passed through its types.
import type { Resource } from '../registry.ts';
import type { KubernetesObject } from '../../types.ts';
import { conform, type OnUnknownField } from './conform.ts';

/** `kind` and `apiVersion` come first in the result, as the server prints them and as lists rely on. Throws DecodeError. */
export function conformObject(resource: Resource, input: object, onUnknown?: OnUnknownField): KubernetesObject {
  const { kind, apiVersion } = resource;
  const ordered = Object.assign({ kind, apiVersion }, input, { kind, apiVersion });
  return conform(resource.type, ordered, onUnknown) as unknown as KubernetesObject;
}
