// Makes what a cluster starts with, as far as it is not there yet.
import type { ClusterClient } from '../cluster-client.ts';
import type { KubernetesObject } from '../types.ts';
import { type BootstrapOptions, bootstrapObjects } from './objects.ts';
import { rbacObjects } from './roles.ts';

export function bootstrap(client: ClusterClient, options: BootstrapOptions): void {
  const server = client.as({ user: 'system:apiserver', fieldManager: 'kube-apiserver' });
  const served = new Set(client.kinds().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
  for (const object of [...bootstrapObjects(options), ...rbacObjects()] as KubernetesObject[]) {
    const { apiVersion, kind, metadata } = object;
    if (!served.has(`${apiVersion} ${kind}`)) {
      continue;
    }
    const ref = { apiVersion, kind };
    if (!server.get(ref, metadata.namespace, metadata.name ?? '')) {
      server.create(ref, object);
    }
  }
}
