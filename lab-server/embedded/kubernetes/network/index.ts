// The cluster's network: pods' places in it, Services, names, policies.
export { type ClusterNetwork, type ClusterNetworkOptions, createClusterNetwork, DNS_ADDRESS } from './cluster-network.ts';
export { createNodeNetwork, type NodeNetworkOptions, type PodAttachment, type PodNetwork } from './pod-network.ts';
export type { PublishedAddress } from './published-addresses.ts';
export { IngressRouter } from './ingress/ingress-router.ts';
