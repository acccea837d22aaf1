// Deletes an object: at once, or marked and left to whoever holds it (a grace period, finalizers, the garbage collector, a namespace's content).
import type { ApiCore, WriteContext } from '../core.ts';
import { ApiError, conflict } from '../errors.ts';
import type { Resource } from '../registry.ts';
import type { DeleteOptions } from '../../cluster-client.ts';
import { Entry } from '../../storage/index.ts';
import type { KubernetesObject, ObjectMeta } from '../../types.ts';
import { isoTime } from '../../values/index.ts';
import { removeStored } from './remove.ts';
import { countsGenerations } from './metadata.ts';
import { existing } from './update.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

export interface Deletion {
  /** The object's last state. */
  entry: Entry;
  /** Whether it is gone; otherwise it is marked as being deleted. */
  removed: boolean;
}

export function deleteObject(
  core: ApiCore,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  options: DeleteOptions & { orphanDependents?: boolean },
  context: WriteContext,
): Deletion {
  const stored = existing(core, resource, namespace, name);
  const object = resource.fromStored(stored.object);
  checkPreconditions(resource, name, object.metadata, options);
  const request = {
    operation: 'DELETE',
    resource,
    subresource: undefined,
    namespace,
    name,
    object: undefined,
    old: object,
    user: context.user,
    dryRun: context.dryRun,
    warn: (text: string) => context.warn(text),
  } as const;
  core.admission.admit(request, core);
  core.admission.validate(request, core);
  warnOfOrphans(resource, options, context);

  const marked = mark(core, resource, object, options);
  if (!marked) {
    return { entry: context.dryRun ? stored : removeStored(core, resource, stored), removed: true };
  }
  if (marked === object) {
    return { entry: stored, removed: false };
  }
  const next = resource.toStored(marked);
  return { entry: context.dryRun ? new Entry(stored.key, next, 0) : core.store.put(resource.table, stored.key, next), removed: false };
}

function checkPreconditions(resource: Resource, name: string, metadata: ObjectMeta, { preconditions }: DeleteOptions): void {
  if (preconditions?.uid && preconditions.uid !== metadata.uid) {
    throw conflict(
      resource.name,
      name,
      `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${metadata.uid}`,
    );
  }
  if (preconditions?.resourceVersion && preconditions.resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      resource.name,
      name,
      `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`,
    );
  }
}

/** The object as it is while something still holds it; itself where nothing changes; undefined where nothing holds it. */
function mark(
  core: ApiCore,
  resource: Resource,
  object: KubernetesObject,
  options: DeleteOptions & { orphanDependents?: boolean },
): KubernetesObject | undefined {
  const { metadata } = object;
  const finalizers = finalizersFor(resource, metadata, options);
  const grace = gracePeriod(resource, object, options);
  const isNamespace = resource.table === 'namespaces';
  const heldBySpec = isNamespace && ((object.spec as { finalizers?: string[] } | undefined)?.finalizers?.length ?? 0) > 0;
  if (grace === 0 && finalizers.length === 0 && !heldBySpec) {
    return undefined;
  }
  const isDeleting = metadata.deletionTimestamp !== undefined;
  const isShorter = isDeleting && options.gracePeriodSeconds !== undefined && grace < (metadata.deletionGracePeriodSeconds ?? 0);
  const sameFinalizers = finalizers.join() === (metadata.finalizers ?? []).join();
  if (isDeleting && !isShorter && sameFinalizers) {
    return object;
  }
  const next: KubernetesObject = { ...object, metadata: { ...metadata } };
  if (finalizers.length > 0) {
    next.metadata.finalizers = finalizers;
  } else {
    delete next.metadata.finalizers;
  }
  if (!isDeleting || isShorter) {
    next.metadata.deletionTimestamp = isoTime(core.clock.now() + grace * 1000);
    next.metadata.deletionGracePeriodSeconds = grace;
    if (countsGenerations(resource)) {
      next.metadata.generation = (metadata.generation ?? 0) + 1;
    }
  }
  if (isNamespace) {
    next.status = { ...(object.status as object), phase: 'Terminating' };
  }
  return next;
}

function gracePeriod(resource: Resource, object: KubernetesObject, options: DeleteOptions): number {
  const own = resource.definition.defaultGracePeriodSeconds?.(object) ?? 0;
  // A kind that needs no grace now (a pod without a node, or one that has ended) gets none, whatever is asked for.
  const wanted = own === 0 ? 0 : Math.max(0, options.gracePeriodSeconds ?? own);
  const running = object.metadata.deletionGracePeriodSeconds;
  return object.metadata.deletionTimestamp !== undefined && running !== undefined ? Math.min(wanted, running) : wanted;
}

/** Finalizers after the propagation policy has been written into them. */
function finalizersFor(resource: Resource, metadata: ObjectMeta, options: DeleteOptions & { orphanDependents?: boolean }): string[] {
  const present = metadata.finalizers ?? [];
  const others = present.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  switch (policyOf(options)) {
    case 'Orphan':
      return [...others, ORPHAN];
    case 'Foreground':
      return [...others, FOREGROUND];
    case 'Background':
      return others;
    case undefined:
      if (present.length > others.length) {
        return present;
      }
      return resource.definition.defaultPropagation === 'Orphan' ? [...others, ORPHAN] : present;
  }
}

function policyOf(options: DeleteOptions & { orphanDependents?: boolean }): DeleteOptions['propagationPolicy'] {
  if (options.orphanDependents !== undefined) {
    if (options.propagationPolicy !== undefined) {
      throw new ApiError(
        422,
        'Invalid',
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "' +
          `${options.propagationPolicy}": orphanDependents and deletionPropagation cannot be both set`,
        {
          group: 'meta.k8s.io',
          kind: 'DeleteOptions',
          causes: [
            {
              reason: 'FieldValueInvalid',
              message: `Invalid value: "${options.propagationPolicy}": orphanDependents and deletionPropagation cannot be both set`,
              field: 'propagationPolicy',
            },
          ],
        },
      );
    }
    return options.orphanDependents ? 'Orphan' : 'Background';
  }
  return options.propagationPolicy;
}

function warnOfOrphans(resource: Resource, options: DeleteOptions & { orphanDependents?: boolean }, context: WriteContext): void {
  if (
    resource.definition.defaultPropagation === 'Orphan' &&
    options.propagationPolicy === undefined &&
    options.orphanDependents === undefined
  ) {
    context.warn(
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
    );
  }
}
