// Adoption and release: a controller owns what its selector matches and nobody else controls, and lets go of what it no longer matches.
import { isApiError } from '../api/errors.ts';
import type { ClusterClient, KindRef } from '../cluster-client.ts';
import type { KubernetesObject, LabelSelector } from '../types.ts';
import { matchesSelector } from '../values/label-selector.ts';
import { controllerOf } from './keys.ts';
import { controllerReference } from './pods/from-template.ts';

export interface Claims<T> {
  owned: T[];
  adopt: T[];
  release: T[];
}

/** Sorts the namespace's objects into what `owner` owns, could adopt (and `mayAdopt` allows), and must release. */
export function sortClaims<T extends KubernetesObject>(
  owner: KubernetesObject,
  selector: LabelSelector | undefined,
  objects: readonly T[],
  mayAdopt: (object: T) => boolean = () => true,
): Claims<T> {
  const claims: Claims<T> = { owned: [], adopt: [], release: [] };
  const ownerIsLeaving = owner.metadata.deletionTimestamp !== undefined;
  for (const object of objects) {
    const controller = controllerOf(object);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) {
        continue;
      }
      if (ownerIsLeaving || matchesSelector(selector, object.metadata.labels)) {
        claims.owned.push(object);
      } else {
        claims.release.push(object);
      }
    } else if (
      !ownerIsLeaving &&
      !object.metadata.deletionTimestamp &&
      matchesSelector(selector, object.metadata.labels) &&
      mayAdopt(object)
    ) {
      claims.adopt.push(object);
    }
  }
  return claims;
}

/** The objects of `kind` that `owner` controls, after adopting and releasing what its selector asks for. */
export function claim<T extends KubernetesObject>(
  client: ClusterClient,
  kind: KindRef<T>,
  owner: KubernetesObject,
  selector: LabelSelector | undefined,
  mayAdopt?: (object: T) => boolean,
): T[] {
  const claims = sortClaims(owner, selector, client.list(kind, { namespace: owner.metadata.namespace }), mayAdopt);
  for (const object of claims.adopt) {
    const references = [...(object.metadata.ownerReferences ?? []), controllerReference(owner)];
    const adopted = ifPresent(() => client.update(kind, withOwners(object, references)));
    if (adopted) {
      claims.owned.push(adopted);
    }
  }
  for (const object of claims.release) {
    const references = object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid);
    ifPresent(() => client.update(kind, withOwners(object, references)));
  }
  return claims.owned;
}

/** `object` with other owner references; none at all where the list is empty. */
export function withOwners<T extends KubernetesObject>(object: T, references: KubernetesObject['metadata']['ownerReferences']): T {
  const { ownerReferences: _, ...metadata } = object.metadata;
  return { ...object, metadata: references && references.length > 0 ? { ...metadata, ownerReferences: references } : metadata };
}

/** The result of a write to an object that may be gone by then. */
export function ifPresent<R>(write: () => R): R | undefined {
  try {
    return write();
  } catch (error) {
    if (isApiError(error, 'NotFound')) {
      return undefined;
    }
    throw error;
  }
}
