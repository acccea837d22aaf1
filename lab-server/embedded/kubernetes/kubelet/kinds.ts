// The kinds the kubelet reads and writes.
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../cluster-client.ts';
import type { Node, Pod, Service, Stored, Wire } from '../types.ts';

export type ConfigMap = Stored<models.V1ConfigMap>;
export type Secret = Stored<models.V1Secret>;
export type PersistentVolume = Stored<models.V1PersistentVolume>;
export type PersistentVolumeClaim = Stored<models.V1PersistentVolumeClaim>;
export type Lease = Stored<models.V1Lease>;

export type PodSpec = Wire<models.V1PodSpec>;
export type ContainerSpec = Wire<models.V1Container>;
export type EphemeralContainer = Wire<models.V1EphemeralContainer>;
export type EnvVar = Wire<models.V1EnvVar>;
export type Volume = Wire<models.V1Volume>;
export type VolumeMount = Wire<models.V1VolumeMount>;
export type Probe = Wire<models.V1Probe>;
export type LifecycleHandler = Wire<models.V1LifecycleHandler>;
export type PodStatus = Wire<models.V1PodStatus>;
export type ContainerStatus = Wire<models.V1ContainerStatus>;
export type ContainerState = Wire<models.V1ContainerState>;
export type PodCondition = Wire<models.V1PodCondition>;
export type ResourceRequirements = Wire<models.V1ResourceRequirements>;

export const POD = kindRef<Pod>('v1', 'Pod');
export const NODE = kindRef<Node>('v1', 'Node');
export const SERVICE = kindRef<Service>('v1', 'Service');
export const CONFIG_MAP = kindRef<ConfigMap>('v1', 'ConfigMap');
export const SECRET = kindRef<Secret>('v1', 'Secret');
export const PERSISTENT_VOLUME = kindRef<PersistentVolume>('v1', 'PersistentVolume');
export const PERSISTENT_VOLUME_CLAIM = kindRef<PersistentVolumeClaim>('v1', 'PersistentVolumeClaim');
export const LEASE = kindRef<Lease>('coordination.k8s.io/v1', 'Lease');
