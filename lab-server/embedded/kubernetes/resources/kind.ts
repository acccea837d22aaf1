// What a kind is: one record. Each kind of the API is one file beside this one that exports one.
import type { KubernetesObject } from '../types.ts';

/** A problem with one field, in the words of k8s.io/apimachinery/pkg/util/validation/field. */
export interface FieldError {
  type:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueNotFound'
    | 'FieldValueNotSupported'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid';
  /** `spec.ports[0].port` */
  field: string;
  /** The whole text after the field: `Invalid value: 0: must be between 1 and 65535, inclusive`. */
  message: string;
}

/** A column of the server's table. `priority` 1 shows with `-o wide` only. */
export interface Column<T> {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  priority?: 0 | 1;
  /** Shown by `kubectl explain`-like tools; the real server's text where it is known. */
  description?: string;
  /** `now` is milliseconds since the epoch, for ages. */
  cell(object: T, now: number): string | number | boolean | null;
}

/** The identity that a write is made with. */
export interface Requester {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a kind may need of the cluster while an object is created or changed. */
export interface KindContext {
  now: number;
  /** Who makes the write, where a kind records it. */
  user?: Requester | undefined;
  /** The namespace's or cluster's other objects, read only. */
  lookup(apiVersion: string, kind: string, namespace: string | undefined, name: string): KubernetesObject | undefined;
  list(apiVersion: string, kind: string, namespace?: string): readonly KubernetesObject[];
  /** A free address of the service range (10.96.0.0/12), or the given one if free; throws a FieldError list otherwise. */
  allocateClusterIP(wanted?: string): string;
  releaseClusterIP(address: string): void;
  /** A free node port (30000-32767), or the given one if free. */
  allocateNodePort(wanted?: number): number;
  releaseNodePort(port: number): void;
}

export interface Subresources {
  status?: boolean;
  /** JSON paths without the leading dot: where scale reads and writes. */
  scale?: { specReplicas: string; statusReplicas: string; selector: string };
}

export interface KindDefinition<T extends KubernetesObject = KubernetesObject> {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
  namespaced: boolean;
  /** The class of @kubernetes/client-node that describes it: `V1Deployment`. */
  model: string;
  /** Defaults to create, delete, deletecollection, get, list, patch, update, watch. */
  verbs?: readonly string[];
  subresources?: Subresources;
  /** Where objects of this kind are stored as another version or group's: what they read as and are written as. */
  storedAs?: {
    group: string;
    plural: string;
    fromStored(object: KubernetesObject): T;
    toStored(object: T): KubernetesObject;
  };
  /** What happens to dependents when a delete names no propagation policy; `Background` where absent (batch/v1 jobs: `Orphan`). */
  defaultPropagation?: 'Background' | 'Orphan';
  /** Whether an update of a name that does not exist creates it (leases, endpoints, services, events and RBAC kinds). */
  createsOnUpdate?: boolean;
  columns: readonly Column<T>[];
  /** Defaults, as the real server sets them. Changes the object in place. Must be idempotent. */
  setDefaults?(object: T): void;
  /** Before validation on create: drop status, allocate addresses. Changes the object in place. */
  prepareForCreate?(object: T, context: KindContext): void;
  /** Before validation on update through the main resource: keep status, carry over allocated fields. Changes `object` in place. */
  prepareForUpdate?(object: T, old: T, context: KindContext): void;
  validateCreate?(object: T, context: KindContext): FieldError[];
  validateUpdate?(object: T, old: T, context: KindContext): FieldError[];
  validateStatusUpdate?(object: T, old: T): FieldError[];
  /** After the object is gone: give back what it held. */
  afterDelete?(object: T, context: KindContext): void;
  /** Fields usable in field selectors beyond metadata.name and metadata.namespace. */
  selectableFields?(object: T): Record<string, string>;
  /** Texts for the Warning header. */
  warnings?(object: T, old?: T): string[];
  /** Whether a change of spec raises metadata.generation. Default: true where the kind has a spec and a status subresource. */
  hasGeneration?: boolean;
  /** The kind's objects, where they are not stored but the same at all times (read only: `verbs` has get and list). */
  computed?(): readonly KubernetesObject[];
  /** Text of the Warning header on every request for this kind: the API is deprecated. */
  deprecated?: string;
  /** Grace period in seconds that a delete of this kind gets when the request names none; 0: removed at once (the default). */
  defaultGracePeriodSeconds?(object: T): number;
}
