// Whether the node takes a pod that was bound to it: what the scheduler would have checked, for pods that came past it.
import { nodeMatchesPod, podRequests, type Taint, toleratesTaint } from '../scheduler/index.ts';
import type { Node, Pod } from '../types.ts';
import { milliValue, tryParseQuantity, wholeValue } from '../values/index.ts';

export interface Rejection {
  /** `OutOfcpu`, `NodeAffinity`, `NodePorts` */
  reason: string;
  message: string;
}

/** `others` are the pods that the node runs already. */
export function admitPod(pod: Pod, node: Node, others: Iterable<Pod>): Rejection | undefined {
  return outOfResources(pod, node, others) ?? wrongNode(pod, node) ?? portTaken(pod, others);
}

/** What is short when a pod of these requests joins `others`. */
export function outOfResources(pod: Pod, node: Node, others: Iterable<Pod>): Rejection | undefined {
  const wanted: Record<string, number> = { ...podRequests(pod), pods: 1 };
  const used: Record<string, number> = {};
  for (const other of others) {
    used['pods'] = (used['pods'] ?? 0) + 1;
    for (const [name, amount] of Object.entries(podRequests(other))) {
      used[name] = (used[name] ?? 0) + amount;
    }
  }
  for (const [name, amount] of Object.entries(wanted)) {
    const capacity = amountOf(node, name);
    const taken = used[name] ?? 0;
    if (amount > 0 && taken + amount > capacity) {
      const message = `Node didn't have enough resource: ${name}, requested: ${amount}, used: ${taken}, capacity: ${capacity}`;
      return { reason: `OutOf${name}`, message };
    }
  }
  return undefined;
}

/** What a pod asks for beyond all that the node has, with or without others. */
export function beyondCapacity(pod: Pod, node: Node): string | undefined {
  for (const [name, amount] of Object.entries(podRequests(pod))) {
    const capacity = amountOf(node, name);
    if (amount > capacity) {
      return `Node didn't have enough capacity: ${name}, requested: ${amount}, capacity: ${capacity}`;
    }
  }
  return undefined;
}

function wrongNode(pod: Pod, node: Node): Rejection | undefined {
  if (!nodeMatchesPod(pod, node)) {
    return { reason: 'NodeAffinity', message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector" };
  }
  const repels = (taint: Taint): boolean => taint.effect === 'NoExecute' && !toleratesTaint(pod.spec?.tolerations, taint);
  if (node.spec?.taints?.some(repels)) {
    return { reason: 'TaintToleration', message: 'Predicate TaintToleration failed: node(s) had untolerated taint(s)' };
  }
  return undefined;
}

function portTaken(pod: Pod, others: Iterable<Pod>): Rejection | undefined {
  const wanted = hostPortsOf(pod);
  for (const other of others) {
    if (hostPortsOf(other).some((port) => wanted.includes(port))) {
      return { reason: 'NodePorts', message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports" };
    }
  }
  return undefined;
}

function hostPortsOf(pod: Pod): string[] {
  return (pod.spec?.containers ?? []).flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostPort, protocol }) => (hostPort ? [`${protocol ?? 'TCP'}/${hostPort}`] : [])),
  );
}

function amountOf(node: Node, name: string): number {
  const quantity = tryParseQuantity(node.status?.allocatable?.[name]);
  return quantity ? (name === 'cpu' ? milliValue(quantity) : wholeValue(quantity)) : 0;
}
