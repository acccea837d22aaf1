// The bounds of a cluster, refused in the words of a resource quota.
import type { KubernetesObject } from '../types.ts';
import type { ApiCore } from './core.ts';
import { type ApiError, forbidden, tooManyRequests } from './errors.ts';
import type { Resource } from './registry.ts';

/** Throws 403 Forbidden where one more object, or this much more text, would pass the cluster's limits. */
export function enforceLimits(core: ApiCore, resource: Resource, name: string, object: KubernetesObject, old?: KubernetesObject): void {
  const { objects, bytes } = core.store.usage;
  if (!old && objects >= core.limits.objects) {
    throw exceeded(resource, name, 'count/objects', 1, objects, core.limits.objects);
  }
  const pods = !old && resource.table === 'pods' ? core.store.table('pods').size : 0;
  if (pods >= core.limits.pods) {
    throw exceeded(resource, name, 'pods', 1, pods, core.limits.pods);
  }
  // An object that shrinks may always be written, or nothing could be repaired once the cluster is full.
  if (bytes < core.limits.bytes * FULL_CHECK_FROM) {
    return;
  }
  const growth = JSON.stringify(object).length - (old ? JSON.stringify(old).length : 0);
  if (growth > 0 && bytes + growth > core.limits.bytes) {
    throw exceeded(resource, name, 'storage', growth, bytes, core.limits.bytes);
  }
}

function exceeded(resource: Resource, name: string, what: string, requested: number, used: number, limited: number): ApiError {
  const text = `requested: ${what}=${requested}, used: ${what}=${used}, limited: ${what}=${limited}`;
  return forbidden(resource.name, name, `exceeded quota: cluster, ${text}`);
}

/** One object is at most 3 MiB, so well below the limit no write can pass it and none needs to be measured. */
const FULL_CHECK_FROM = 0.5;

/** Throws 429 TooManyRequests where `open` watches are all that may be. */
export function enforceWatchLimit(core: ApiCore, open: number): void {
  if (open >= core.limits.watchers) {
    throw tooManyRequests('too many requests, please try again later', 1);
  }
}
