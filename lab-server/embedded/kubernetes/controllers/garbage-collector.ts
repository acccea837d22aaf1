// Deletes what has no owner left, and carries out foreground and orphaning deletions.
import type { ClusterClient, ServedKind } from '../cluster-client.ts';
import type { KubernetesObject, OwnerReference } from '../types.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { type Identity, OwnerIndex, identityOf, isCollected } from './garbage/owner-index.ts';
import { ifPresent, withOwners } from './ownership.ts';
import { sameValue } from '../values/same.ts';

/** The keys of this controller are uids: names may be reused by the time a key's turn comes. */
export function garbageCollector(): Controller {
  const index = new OwnerIndex();
  return {
    name: 'garbage-collector-controller',
    serviceAccount: 'generic-garbage-collector',
    watches: [],
    watchesAll({ type, object, old }) {
      const uid = object.metadata.uid ?? '';
      const owners = object.metadata.ownerReferences ?? [];
      if (type === 'DELETED') {
        index.remove(object);
        // Dependents lost an owner; an owner that waits in the foreground lost a dependent.
        return [...index.dependentsOf(uid).map((dependent) => dependent.uid), ...owners.map((owner) => owner.uid)];
      }
      index.put(object, old);
      const formerOwners = old?.metadata.ownerReferences ?? [];
      const hasNewOwners = owners.length > 0 && !sameValue(owners, formerOwners);
      const hasLostOwners = formerOwners.length > 0 && !sameValue(owners, formerOwners);
      return [...(hasNewOwners || isCollected(object) ? [uid] : []), ...(hasLostOwners ? formerOwners.map((owner) => owner.uid) : [])];
    },
    reconcile(uid, context) {
      const identity = index.identity(uid);
      const object = identity && current(context.client, identity);
      if (!object) {
        return;
      }
      if (isCollected(object)) {
        collectOwner(object, index, context);
      } else {
        collectDependent(object, index, context);
      }
    },
  };
}

function current(client: ClusterClient, { apiVersion, kind, namespace, name, uid }: Identity): KubernetesObject | undefined {
  const object = client.get({ apiVersion, kind }, namespace, name);
  return object?.metadata.uid === uid ? object : undefined;
}

/** An object that is being deleted in the foreground, or leaves its dependents behind. */
function collectOwner(owner: KubernetesObject, index: OwnerIndex, context: ControllerContext): void {
  const { client } = context;
  const uid = owner.metadata.uid ?? '';
  const dependents = index.dependentsOf(uid).flatMap((identity) => current(client, identity) ?? []);
  if (owner.metadata.finalizers?.includes('orphan')) {
    for (const dependent of dependents) {
      dropOwners(client, dependent, (reference) => reference.uid === uid);
    }
    dropFinalizer(client, owner, 'orphan');
    return;
  }
  for (const dependent of dependents) {
    collectDependent(dependent, index, context);
  }
  const isBlocked = dependents.some((dependent) => {
    const left = current(client, identityOf(dependent));
    return left && referenceTo(left, uid)?.blockOwnerDeletion === true;
  });
  if (!isBlocked) {
    dropFinalizer(client, owner, 'foregroundDeletion');
  }
}

/** An object with owners, some of which may be gone. */
function collectDependent(object: KubernetesObject, index: OwnerIndex, context: ControllerContext): void {
  const { client, event } = context;
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0 || object.metadata.deletionTimestamp) {
    return;
  }
  const crossing = references.find((reference) => !mayOwn(client, object, reference));
  if (crossing) {
    const { apiVersion, kind, name, uid } = crossing;
    const reference = `[${apiVersion}/${kind}, namespace: , name: ${name}, uid: ${uid}]`;
    event(object, 'Warning', 'OwnerRefInvalidNamespace', `ownerRef ${reference} does not exist in namespace ""`);
    return;
  }
  const isAnyWaiting = references.some((reference) => ownerOf(client, object, reference) !== undefined);
  const solid = references.filter((reference) => isSolid(client, object, reference));
  if (solid.length > 0) {
    if (solid.length < references.length) {
      dropOwners(client, object, (reference) => !solid.includes(reference));
    }
    return;
  }
  const waits = isAnyWaiting && index.hasDependents(object.metadata.uid ?? '');
  deleteObject(client, object, waits ? 'Foreground' : 'Background');
}

/** The owner exists and is not itself waiting for this object to go. */
function isSolid(client: ClusterClient, dependent: KubernetesObject, reference: OwnerReference): boolean {
  const owner = ownerOf(client, dependent, reference);
  return owner === 'unknown' || (owner !== undefined && !isWaiting(owner));
}

function isWaiting({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes('foregroundDeletion') === true;
}

/** The owner; undefined when it is gone, unknown when its kind is not served, so that nobody can tell. */
function ownerOf(client: ClusterClient, dependent: KubernetesObject, reference: OwnerReference): KubernetesObject | 'unknown' | undefined {
  const kind = servedKind(client, reference);
  if (!kind) {
    return 'unknown';
  }
  const owner = client.get(kind, kind.namespaced ? dependent.metadata.namespace : undefined, reference.name);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

/** A cluster-scoped object cannot belong to something in a namespace. */
function mayOwn(client: ClusterClient, dependent: KubernetesObject, reference: OwnerReference): boolean {
  return dependent.metadata.namespace !== undefined || servedKind(client, reference)?.namespaced !== true;
}

/** The kind in the version that is stored, whichever version the reference names. */
function servedKind(client: ClusterClient, { apiVersion, kind }: OwnerReference): ServedKind | undefined {
  return client.kinds().find((served) => served.kind === kind && groupOf(served.apiVersion) === groupOf(apiVersion));
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function referenceTo(dependent: KubernetesObject, uid: string): OwnerReference | undefined {
  return dependent.metadata.ownerReferences?.find((reference) => reference.uid === uid);
}

function dropOwners(client: ClusterClient, dependent: KubernetesObject, drop: (reference: OwnerReference) => boolean): void {
  const kept = dependent.metadata.ownerReferences?.filter((reference) => !drop(reference));
  ifPresent(() => client.update(dependent, withOwners(dependent, kept)));
}

function dropFinalizer(client: ClusterClient, owner: KubernetesObject, finalizer: string): void {
  const finalizers = owner.metadata.finalizers?.filter((one) => one !== finalizer);
  ifPresent(() => client.update(owner, { ...owner, metadata: { ...owner.metadata, finalizers } }));
}

/** Deletes unless the object asks for another way by its own finalizers. */
function deleteObject(client: ClusterClient, object: KubernetesObject, policy: 'Foreground' | 'Background'): void {
  const { namespace, name = '', uid, finalizers } = object.metadata;
  const propagationPolicy = finalizers?.includes('orphan') ? 'Orphan' : finalizers?.includes('foregroundDeletion') ? 'Foreground' : policy;
  ifPresent(() => client.delete(object, namespace, name, { propagationPolicy, preconditions: { uid } }));
}
