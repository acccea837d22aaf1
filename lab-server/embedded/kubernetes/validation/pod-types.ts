// The parts of a pod's spec, named once.
import type * as models from '@kubernetes/client-node';
import type { PodTemplateSpec, Wire } from '../types.ts';
import type { Unchecked } from './unchecked.ts';

export type PodSpec = NonNullable<PodTemplateSpec['spec']>;
export type Container = Wire<models.V1Container>;
export type EphemeralContainer = Wire<models.V1EphemeralContainer>;
export type Volume = Wire<models.V1Volume>;
export type VolumeMount = Wire<models.V1VolumeMount>;
export type Probe = Wire<models.V1Probe>;
export type Lifecycle = Wire<models.V1Lifecycle>;
export type LifecycleHandler = Wire<models.V1LifecycleHandler>;
export type ResourceRequirements = Wire<models.V1ResourceRequirements>;
export type EnvVar = Wire<models.V1EnvVar>;
export type EnvFromSource = Wire<models.V1EnvFromSource>;
export type Affinity = Wire<models.V1Affinity>;
export type PodAffinityTerm = Wire<models.V1PodAffinityTerm>;
export type NodeSelector = Wire<models.V1NodeSelector>;
export type NodeSelectorTerm = Wire<models.V1NodeSelectorTerm>;
export type Toleration = Wire<models.V1Toleration>;
export type TopologySpreadConstraint = Unchecked<Wire<models.V1TopologySpreadConstraint>>;
export type SecurityContext = Wire<models.V1SecurityContext>;
export type PodSecurityContext = Wire<models.V1PodSecurityContext>;
export type IntOrString = number | string;
