// The kubelet: runs pods on a node.
export { type ContainerHandle, type Kubelet, type KubeletOptions, type PodUsage, startKubelet } from './kubelet.ts';
export { type Heartbeat, Heartbeats } from './heartbeats.ts';
export { DEFAULT_CAPACITY, type NodeDescription } from './node-object.ts';
export type { PodSnapshot, PodSnapshots } from './pod-snapshot.ts';
export { createNodeFiles, type NodeFiles } from './volumes/node-files.ts';
export type { TokenRequest } from './volumes/payload.ts';
