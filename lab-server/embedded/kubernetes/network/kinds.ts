// The kinds that decide where a connection goes.
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../cluster-client.ts';
import type { EndpointSlice, Namespace, Node, Pod, Service, Stored } from '../types.ts';

export type NetworkPolicy = Stored<models.V1NetworkPolicy>;

export const POD = kindRef<Pod>('v1', 'Pod');
export const NODE = kindRef<Node>('v1', 'Node');
export const NAMESPACE = kindRef<Namespace>('v1', 'Namespace');
export const SERVICE = kindRef<Service>('v1', 'Service');
export const ENDPOINT_SLICE = kindRef<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice');
export const NETWORK_POLICY = kindRef<NetworkPolicy>('networking.k8s.io/v1', 'NetworkPolicy');
