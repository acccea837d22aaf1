// What one object counts for against a resource quota. Also what admission asks before it lets an object in.
// https://kubernetes.io/docs/concepts/policy/resource-quotas/
import type { KubernetesObject, Pod, Service } from '../../types.ts';
import { parseTime } from '../../values/iso-time.ts';
import { qosClass } from '../../values/qos.ts';
import { type Quantity, addQuantities, quantityOf, tryParseQuantity } from '../../values/quantity.ts';
import type { PersistentVolumeClaim, ResourceQuota } from '../kinds.ts';
import { isFinished } from '../pods/readiness.ts';

export type Usage = Map<string, Quantity>;

/** The usage of an object of the resource `plural` (`pods`, `deployments`) in `group`. */
export function usageOf(object: KubernetesObject, plural: string, group: string, now: number): Usage {
  const usage: Usage = new Map();
  if (group === '' && plural === 'pods') {
    addPod(usage, object as Pod, now);
    return usage;
  }
  count(usage, group === '' ? `count/${plural}` : `count/${plural}.${group}`);
  if (group !== '') {
    return usage;
  }
  if (COUNTED_BY_NAME.has(plural)) {
    count(usage, plural);
  }
  if (plural === 'services') {
    addService(usage, object as Service);
  } else if (plural === 'persistentvolumeclaims') {
    addClaim(usage, object as PersistentVolumeClaim);
  }
  return usage;
}

const COUNTED_BY_NAME = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
]);

function count(usage: Usage, name: string, by = 1): void {
  add(usage, name, quantityOf(by));
}

function add(usage: Usage, name: string, quantity: Quantity): void {
  const before = usage.get(name);
  usage.set(name, before ? addQuantities(before, quantity) : quantity);
}

/** Every pod object counts under `count/pods`; those that still run, or will, count for their resources. */
function addPod(usage: Usage, pod: Pod, now: number): void {
  count(usage, 'count/pods');
  if (isFinished(pod) || isPastGrace(pod, now)) {
    return;
  }
  count(usage, 'pods');
  for (const [name, quantity] of podTotals(pod, 'requests')) {
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-')) {
      add(usage, name, quantity);
    }
    add(usage, `requests.${name}`, quantity);
  }
  for (const [name, quantity] of podTotals(pod, 'limits')) {
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage') {
      add(usage, `limits.${name}`, quantity);
    }
  }
}

function isPastGrace({ metadata }: Pod, now: number): boolean {
  const deletedAt = parseTime(metadata.deletionTimestamp);
  return deletedAt !== undefined && metadata.deletionGracePeriodSeconds !== undefined && deletedAt < now;
}

/** Requests or limits of the pod: containers and sidecars together, or the largest of what runs before them. */
export function podTotals(pod: Pod, field: 'requests' | 'limits'): Usage {
  const total: Usage = new Map();
  const sidecars: Usage = new Map();
  const peak: Usage = new Map();
  for (const container of pod.spec?.initContainers ?? []) {
    const own = quantities(container.resources?.[field]);
    if (container.restartPolicy === 'Always') {
      merge(sidecars, own);
      raise(peak, sidecars);
    } else {
      const beside = new Map(sidecars);
      merge(beside, own);
      raise(peak, beside);
    }
  }
  merge(total, sidecars);
  for (const container of pod.spec?.containers ?? []) {
    merge(total, quantities(container.resources?.[field]));
  }
  raise(total, peak);
  for (const [name, quantity] of quantities(pod.spec?.resources?.[field])) {
    total.set(name, quantity);
  }
  return total;
}

function quantities(texts: Readonly<Record<string, string>> | undefined): Usage {
  const usage: Usage = new Map();
  for (const [name, text] of Object.entries(texts ?? {})) {
    const quantity = tryParseQuantity(text);
    if (quantity) {
      usage.set(name, quantity);
    }
  }
  return usage;
}

function merge(target: Usage, more: Usage): void {
  for (const [name, quantity] of more) {
    add(target, name, quantity);
  }
}

function raise(target: Usage, other: Usage): void {
  for (const [name, quantity] of other) {
    const before = target.get(name);
    if (!before || quantity.nanos > before.nanos) {
      target.set(name, quantity);
    }
  }
}

function addService(usage: Usage, { spec }: Service): void {
  const ports = spec?.ports?.length ?? 0;
  if (spec?.type === 'NodePort') {
    count(usage, 'services.nodeports', ports);
  } else if (spec?.type === 'LoadBalancer') {
    count(usage, 'services.loadbalancers');
    count(
      usage,
      'services.nodeports',
      spec.allocateLoadBalancerNodePorts === false ? (spec.ports ?? []).filter(({ nodePort }) => nodePort).length : ports,
    );
  }
}

function addClaim(usage: Usage, { spec }: PersistentVolumeClaim): void {
  const storage = tryParseQuantity(spec?.resources?.requests?.['storage']);
  const prefix = spec?.storageClassName ? `${spec.storageClassName}.storageclass.storage.k8s.io/` : undefined;
  if (prefix !== undefined) {
    count(usage, `${prefix}persistentvolumeclaims`);
  }
  if (storage) {
    add(usage, 'requests.storage', storage);
    if (prefix !== undefined) {
      add(usage, `${prefix}requests.storage`, storage);
    }
  }
}

type Scope = NonNullable<NonNullable<NonNullable<ResourceQuota['spec']>['scopeSelector']>['matchExpressions']>[number];

/** Whether the quota's scopes cover an object. Only pods have scopes; a quota with scopes counts nothing else. */
export function isInScope({ spec }: ResourceQuota, object: KubernetesObject): boolean {
  const scopes: Scope[] = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
  return scopes.every((scope) => object.kind === 'Pod' && matchesScope(scope, object as Pod));
}

function matchesScope({ scopeName, operator, values = [] }: Scope, pod: Pod): boolean {
  switch (scopeName) {
    case 'Terminating':
      return pod.spec?.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec?.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return qosClass(pod.spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(pod.spec) !== 'BestEffort';
    case 'CrossNamespacePodAffinity':
      return hasCrossNamespaceAffinity(pod);
    case 'PriorityClass': {
      const name = pod.spec?.priorityClassName;
      const isListed = name !== undefined && values.includes(name);
      return operator === 'In' ? isListed : operator === 'NotIn' ? !isListed : operator === 'DoesNotExist' ? !name : Boolean(name);
    }
    default:
      return false;
  }
}

function hasCrossNamespaceAffinity({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
    ].some(({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined),
  );
}
