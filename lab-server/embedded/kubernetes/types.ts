// Kubernetes objects as they travel: JSON. The field names and types come from the Kubernetes client's models.
import type * as models from '@kubernetes/client-node';

/** A client model as JSON: dates are strings, class instances are plain objects. */
export type Wire<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

export type ObjectMeta = Wire<models.V1ObjectMeta>;

/** Any object of the API. Metadata is complete once the object is stored: name, uid, resourceVersion, creationTimestamp. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta & { name?: string };
  spec?: unknown;
  status?: unknown;
}

/** A stored object of a model: `apiVersion`, `kind` and `metadata` are present. */
export type Stored<Model extends { metadata?: models.V1ObjectMeta }> = Wire<Omit<Model, 'apiVersion' | 'kind' | 'metadata'>> & {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta & { name: string; uid: string; resourceVersion: string; creationTimestamp: string };
};

export type Namespace = Stored<models.V1Namespace>;
export type Node = Stored<models.V1Node>;
export type Pod = Stored<models.V1Pod>;
export type Service = Stored<models.V1Service>;
export type Secret = Stored<models.V1Secret>;
export type Endpoints = Stored<models.V1Endpoints>;
export type Deployment = Stored<models.V1Deployment>;
export type ReplicaSet = Stored<models.V1ReplicaSet>;
export type EndpointSlice = Stored<models.V1EndpointSlice>;
export type CoreEvent = Stored<models.CoreV1Event>;
export type PodTemplateSpec = Wire<models.V1PodTemplateSpec>;
export type LabelSelector = Wire<models.V1LabelSelector>;
export type OwnerReference = Wire<models.V1OwnerReference>;
export type Condition = { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string };

/** A metav1.Status, the body of every refusal. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    uid?: string;
    causes?: { reason?: string; message?: string; field?: string }[];
    retryAfterSeconds?: number;
  };
  code?: number;
}
