// A lab's namespace on a shared cluster: made, found again, left over, removed.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { Clock } from '../../base/index.ts';
import type { KubernetesState } from '../kubernetes-state.ts';
import type { Leftover } from '../sandbox.ts';
import { type ClusterApi, ClusterRefusal } from './cluster-api.ts';
import { FOLDER_ANNOTATION, LAB_LABEL, type LabIdentity, namespaceObject, objectsInNamespace, SERVER_LABEL } from './lab-objects.ts';

/** A namespace with pods that take their grace period is gone by then. */
const REMOVAL_DEADLINE_MS = 120_000;

const namespaceSchema = z.object({
  metadata: z.object({
    name: z.string(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});
const namespacesSchema = z.object({ items: z.array(namespaceSchema) });

export function identityOf(lab: { labId: string; folder: string }, server: string): LabIdentity {
  // Ids of labs may hold what names of namespaces may not, and two servers on one cluster may give the same.
  const digest = createHash('sha256').update(`${server}/${lab.labId}`).digest('hex').slice(0, 16);
  return { namespace: `dockside-${digest}`, server, lab: digest, folder: lab.folder };
}

/** Makes the namespace and all that is in it from the start; what is there already stays as it is. */
export async function ensureNamespace(api: ClusterApi, identity: LabIdentity): Promise<void> {
  await api.ensure('/api/v1/namespaces', namespaceObject(identity));
  for (const { collection, object } of objectsInNamespace(identity.namespace)) {
    await api.ensure(collection, object);
  }
}

/** Removes the namespace with everything in it and waits until it is gone. What is still there at the deadline is returned. */
export async function removeNamespace(api: ClusterApi, state: KubernetesState, clock: Clock, namespace: string): Promise<Leftover[]> {
  try {
    const answer = await api.request('DELETE', `/api/v1/namespaces/${namespace}`);
    if (answer.status === 404) {
      return [];
    }
    await untilGone(state, clock, namespace);
    const { status } = await api.request('GET', `/api/v1/namespaces/${namespace}`);
    return status === 404 ? [] : [leftover(namespace)];
  } catch (error) {
    if (error instanceof ClusterRefusal) {
      return [leftover(namespace)];
    }
    throw error;
  }
}

/** Namespaces of this server whose lab is no longer: a crash in the middle of opening or closing leaves them. */
export async function leftoverNamespaces(api: ClusterApi, server: string): Promise<string[]> {
  const selector = encodeURIComponent(`${SERVER_LABEL}=${server},${LAB_LABEL}`);
  const { items } = namespacesSchema.parse(await api.expect('GET', `/api/v1/namespaces?labelSelector=${selector}`));
  return items.filter(({ metadata }) => !existsSync(metadata.annotations[FOLDER_ANNOTATION] ?? '')).map(({ metadata }) => metadata.name);
}

async function untilGone(state: KubernetesState, clock: Clock, namespace: string): Promise<void> {
  const gone = new AbortController();
  using _deadline = clock.schedule(REMOVAL_DEADLINE_MS, () => gone.abort());
  const query = { platform: 'kubernetes', apiVersion: 'v1', kind: 'Namespace', name: namespace } as const;
  // The first list may already be without it; changes alone would then never come.
  if ((await state.read(query, gone.signal)).length === 0) {
    return;
  }
  for await (const change of state.changes(query, gone.signal)) {
    if (change.type === 'DELETED') {
      return;
    }
  }
}

function leftover(namespace: string): Leftover {
  return {
    what: `the namespace ${namespace} of a lab, with what is in it`,
    where: 'on the cluster',
    remedy: `kubectl get namespace ${namespace} -o yaml tells what it waits for; kubectl delete namespace ${namespace} removes it`,
  };
}
