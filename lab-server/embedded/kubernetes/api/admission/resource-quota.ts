// ResourceQuota: a write that would pass what its namespace may use is refused, and what it takes is counted at once.
import { isInScope, type Usage, usageOf } from '../../controllers/quota/usage.ts';
import type * as models from '@kubernetes/client-node';
import type { KubernetesObject, Pod, Stored } from '../../types.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityOf,
  subtractQuantities,
  tryParseQuantity,
} from '../../values/index.ts';
import { forbidden } from '../errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';

type Quota = Stored<models.V1ResourceQuota>;

/** Resources that a pod must state where a quota limits them, by the name that the quota uses. */
const STATED: Readonly<Record<string, readonly [field: 'requests' | 'limits', name: string]>> = {
  cpu: ['requests', 'cpu'],
  memory: ['requests', 'memory'],
  'ephemeral-storage': ['requests', 'ephemeral-storage'],
  'requests.cpu': ['requests', 'cpu'],
  'requests.memory': ['requests', 'memory'],
  'requests.ephemeral-storage': ['requests', 'ephemeral-storage'],
  'limits.cpu': ['limits', 'cpu'],
  'limits.memory': ['limits', 'memory'],
  'limits.ephemeral-storage': ['limits', 'ephemeral-storage'],
};

export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  validate(request, { store, clock }) {
    const { operation, resource, subresource, namespace, object, old, dryRun } = request;
    if (operation === 'DELETE' || subresource !== undefined || !resource.namespaced || !object || resource.table === 'events') {
      return;
    }
    const table = store.table('resourcequotas');
    const quotas = table.list(namespace).map((entry) => entry.object as Quota);
    if (quotas.length === 0) {
      return;
    }
    const now = clock.now();
    const usage = usageOf(resource.toStored(object), resource.plural, resource.group, now);
    const before: Usage = old ? usageOf(resource.toStored(old), resource.plural, resource.group, now) : new Map();
    const counted: Quota[] = [];
    for (const quota of quotas) {
      const taken = judge(request, quota, usage, before);
      if (taken) {
        counted.push(taken);
      }
    }
    if (!dryRun) {
      for (const quota of counted) {
        store.put('resourcequotas', `${namespace}/${quota.metadata.name}`, quota);
      }
    }
  },
};

/** The quota with what the write takes counted in; undefined where it takes nothing of it. Throws 403 where it takes too much. */
function judge({ resource, name, object, operation }: AdmissionRequest, quota: Quota, usage: Usage, before: Usage): Quota | undefined {
  const hard = quota.spec?.hard ?? {};
  if (!isInScope(quota, object as KubernetesObject)) {
    return undefined;
  }
  const names = Object.keys(hard).toSorted();
  if (operation === 'CREATE' && resource.table === 'pods') {
    const missing = unstated(object as Pod, names);
    if (missing !== '') {
      throw forbidden(resource.name, name, `failed quota: ${quota.metadata.name}: must specify ${missing}`);
    }
  }
  const used = { ...quota.status?.used };
  const exceeded: { name: string; delta: Quantity; used: Quantity; hard: Quantity }[] = [];
  let takes = false;
  for (const resourceName of names) {
    const after = usage.get(resourceName);
    if (!after) {
      continue;
    }
    const delta = subtractQuantities(after, before.get(resourceName) ?? quantityOf(0, after.format));
    if (delta.nanos === 0n) {
      continue;
    }
    const current = tryParseQuantity(used[resourceName]) ?? quantityOf(0);
    const limit = parseQuantity(hard[resourceName] as string);
    const total = addQuantities(current, delta);
    if (delta.nanos > 0n && compareQuantities(total, limit) > 0) {
      exceeded.push({ name: resourceName, delta, used: current, hard: limit });
    }
    used[resourceName] = formatQuantity(total);
    takes = true;
  }
  if (exceeded.length > 0) {
    const list = (field: 'delta' | 'used' | 'hard'): string => exceeded.map((one) => `${one.name}=${formatQuantity(one[field])}`).join(',');
    throw forbidden(
      resource.name,
      name,
      `exceeded quota: ${quota.metadata.name}, requested: ${list('delta')}, used: ${list('used')}, limited: ${list('hard')}`,
    );
  }
  return takes ? { ...quota, status: { hard: quota.status?.hard ?? hard, used } } : undefined;
}

/** `limits.cpu for: nginx; requests.memory for: nginx,sidecar`: what the quota needs to know and the pod does not say. */
function unstated(pod: Pod, names: readonly string[]): string {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return names
    .flatMap((name) => {
      const rule = STATED[name];
      if (!rule) {
        return [];
      }
      const [field, resource] = rule;
      const silent = containers.filter(
        ({ resources }) => resources?.[field]?.[resource] === undefined && pod.spec?.resources?.[field]?.[resource] === undefined,
      );
      return silent.length > 0 ? [`${name} for: ${silent.map((container) => container.name).join(',')}`] : [];
    })
    .join('; ');
}
