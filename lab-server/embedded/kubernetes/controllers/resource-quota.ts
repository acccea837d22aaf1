// ResourceQuotas: how much of each limited resource a namespace uses, shown in the quota's status.
import type { ClusterClient, ServedKind } from '../cluster-client.ts';
import { type Quantity, addQuantities, formatQuantity, quantityOf } from '../values/quantity.ts';
import { sameValue } from '../values/same.ts';
import type { Controller } from './controller.ts';
import { keyOf, objectOf, watchSelf } from './keys.ts';
import { RESOURCE_QUOTA, type ResourceQuota } from './kinds.ts';
import { isInScope, usageOf } from './quota/usage.ts';

export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  watches: [watchSelf(RESOURCE_QUOTA)],
  watchesAll({ object }, client) {
    const { namespace } = object.metadata;
    // Events come in numbers and hardly anyone limits them: they are counted with the next other change.
    return namespace === undefined || object.kind === 'Event' ? [] : client.list(RESOURCE_QUOTA, { namespace }).map(keyOf);
  },
  reconcile(key, { client, clock }) {
    const quota = objectOf(client, RESOURCE_QUOTA, key);
    if (!quota) {
      return;
    }
    const hard = quota.spec?.hard ?? {};
    const used = Object.fromEntries(
      [...quotaUsage(quota, client, clock.now())].map(([name, quantity]) => [name, formatQuantity(quantity)]),
    );
    const status: ResourceQuota['status'] = { hard, used };
    if (!sameValue(status, quota.status)) {
      client.updateStatus(RESOURCE_QUOTA, { ...quota, status });
    }
  },
};

/** What the quota's namespace uses of each resource that the quota limits. */
function quotaUsage(quota: ResourceQuota, client: ClusterClient, now: number): Map<string, Quantity> {
  const { namespace } = quota.metadata;
  const names = Object.keys(quota.spec?.hard ?? {});
  const used = new Map<string, Quantity>(names.map((name) => [name, quantityOf(0)]));
  for (const kind of client.kinds()) {
    const group = groupOf(kind);
    if (!kind.namespaced || !isLimited(kind.plural, group, names)) {
      continue;
    }
    for (const object of client.list(kind, { namespace })) {
      if (!isInScope(quota, object)) {
        continue;
      }
      for (const [name, quantity] of usageOf(object, kind.plural, group, now)) {
        const before = used.get(name);
        if (before) {
          used.set(name, addQuantities(before, quantity));
        }
      }
    }
  }
  return used;
}

/** Whether any of the quota's resources can be about this kind, so that others need not be listed. */
function isLimited(plural: string, group: string, names: readonly string[]): boolean {
  if (group !== '') {
    return names.includes(`count/${plural}.${group}`);
  }
  if (plural === 'pods') {
    return names.some((name) => name.endsWith('pods') || /^(requests\.|limits\.|cpu$|memory$|ephemeral-storage$|hugepages-)/.test(name));
  }
  return names.some(
    (name) =>
      name === `count/${plural}` ||
      name.startsWith(plural) ||
      (plural === 'persistentvolumeclaims' && /requests\.storage$|persistentvolumeclaims$/.test(name)),
  );
}

function groupOf({ apiVersion }: ServedKind): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}
