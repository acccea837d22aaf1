// Enforces NetworkPolicies: a connection that a policy isolates a pod from, and none allows, vanishes as in a black hole.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
import type * as models from '@kubernetes/client-node';
import type { ClusterClient } from '../cluster-client.ts';
import type { Router } from '../../runtime/runtime.ts';
import type { Pod, Wire } from '../types.ts';
import { matchesSelector } from '../values/index.ts';
import { cidrContains, parseCidr } from './address-range.ts';
import { NAMESPACE, NETWORK_POLICY, type NetworkPolicy } from './kinds.ts';
import type { PodDirectory } from './pod-directory.ts';

type Peer = Wire<models.V1NetworkPolicyPeer>;
type PolicyPort = Wire<models.V1NetworkPolicyPort>;
type Direction = 'Ingress' | 'Egress';

export class NetworkPolicies implements Router {
  readonly #client: ClusterClient;
  readonly #pods: PodDirectory;
  readonly #isNode: (address: string) => boolean;

  constructor(client: ClusterClient, pods: PodDirectory, isNode: (address: string) => boolean) {
    this.#client = client;
    this.#pods = pods;
    this.#isNode = isNode;
  }

  /** Only ever drops; a connection that is allowed is left to others. Nodes always reach their pods: probes must work. */
  route({ from, address, port }: { from: string; address: string; port: number }): 'drop' | undefined {
    if (from === address || this.#isNode(from)) {
      return undefined;
    }
    const source = this.#pods.at(from);
    const target = this.#pods.at(address);
    if (target && !this.#allows('Ingress', target, { pod: source, address: from }, target, port)) {
      return 'drop';
    }
    // Addresses that are not final (a Service's) come again once they are translated.
    const final = target !== undefined || !this.#pods.isServiceAddress(address);
    if (source && final && !this.#allows('Egress', source, { pod: target, address }, target, port)) {
      return 'drop';
    }
    return undefined;
  }

  #allows(
    direction: Direction,
    subject: Pod,
    peer: { pod: Pod | undefined; address: string },
    target: Pod | undefined,
    port: number,
  ): boolean {
    const policies = this.#client
      .list(NETWORK_POLICY, { namespace: subject.metadata.namespace ?? 'default' })
      .filter(({ spec }) => spec && typesOf(spec).includes(direction) && matchesSelector(spec.podSelector, subject.metadata.labels));
    if (policies.length === 0) {
      return true;
    }
    return policies.some((policy) =>
      rulesOf(policy, direction).some(
        ({ peers, ports }) =>
          (peers.length === 0 || peers.some((one) => this.#isPeer(one, policy, peer))) &&
          (ports.length === 0 || ports.some((one) => isPort(one, port, target))),
      ),
    );
  }

  #isPeer(peer: Peer, policy: NetworkPolicy, other: { pod: Pod | undefined; address: string }): boolean {
    if (peer.ipBlock) {
      const { cidr, except = [] } = peer.ipBlock;
      return (
        !cidr.includes(':') &&
        cidrContains(parseCidr(cidr), other.address) &&
        !except.some((excluded) => cidrContains(parseCidr(excluded), other.address))
      );
    }
    const { pod } = other;
    if (!pod) {
      return false;
    }
    const namespace = pod.metadata.namespace ?? 'default';
    const inNamespace = peer.namespaceSelector
      ? matchesSelector(peer.namespaceSelector, this.#client.get(NAMESPACE, undefined, namespace)?.metadata.labels)
      : namespace === policy.metadata.namespace;
    return inNamespace && (!peer.podSelector || matchesSelector(peer.podSelector, pod.metadata.labels));
  }
}

function typesOf(spec: NonNullable<NetworkPolicy['spec']>): readonly string[] {
  return spec.policyTypes ?? (spec.egress ? ['Ingress', 'Egress'] : ['Ingress']);
}

function rulesOf({ spec }: NetworkPolicy, direction: Direction): { peers: readonly Peer[]; ports: readonly PolicyPort[] }[] {
  return direction === 'Ingress'
    ? (spec?.ingress ?? []).map((rule) => ({ peers: sourcesOf(rule), ports: rule.ports ?? [] }))
    : (spec?.egress ?? []).map((rule) => ({ peers: rule.to ?? [], ports: rule.ports ?? [] }));
}

/** The client library's model renames this field; on the wire it is `from`. */
function sourcesOf(rule: Wire<models.V1NetworkPolicyIngressRule> & { from?: Peer[] }): readonly Peer[] {
  return rule.from ?? [];
}

/** Every connection of the simulation is TCP. */
function isPort({ port, endPort, protocol }: PolicyPort, actual: number, target: Pod | undefined): boolean {
  if ((protocol ?? 'TCP') !== 'TCP') {
    return false;
  }
  if (port === undefined) {
    return true;
  }
  if (typeof port === 'number') {
    return endPort === undefined ? port === actual : actual >= port && actual <= endPort;
  }
  return (target?.spec?.containers ?? []).some(({ ports }) =>
    ports?.some(({ name, containerPort }) => name === port && containerPort === actual),
  );
}
