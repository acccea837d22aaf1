// Makes what a cluster starts with, as far as it is not there yet.
import { type ClusterClient, kindRef } from '../cluster-client.ts';
import type { KubernetesObject } from '../types.ts';
import { type BootstrapOptions, bootstrapObjects } from './objects.ts';
import { flowControlObjects } from './flow-control.ts';
import { rbacObjects } from './roles.ts';

export function bootstrap(client: ClusterClient, options: BootstrapOptions): Disposable {
  const server = client.as({ user: 'system:apiserver', fieldManager: 'kube-apiserver' });
  make(server, options);
  // The API server keeps its own Service in being, whoever deletes it.
  const watches = [SERVICE, ENDPOINTS, ENDPOINT_SLICE].map((kind) =>
    server.watch(kind, ({ type, object }) => {
      if (type === 'DELETED' && object.metadata.namespace === 'default' && object.metadata.name === 'kubernetes') {
        make(server, options);
      }
    }),
  );
  return {
    [Symbol.dispose]: () => {
      for (const watch of watches) {
        watch[Symbol.dispose]();
      }
    },
  };
}

const SERVICE = kindRef('v1', 'Service');
const ENDPOINTS = kindRef('v1', 'Endpoints');
const ENDPOINT_SLICE = kindRef('discovery.k8s.io/v1', 'EndpointSlice');

function make(client: ClusterClient, options: BootstrapOptions): void {
  const served = new Set(client.kinds().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
  for (const object of [...bootstrapObjects(options), ...rbacObjects(), ...flowControlObjects()] as KubernetesObject[]) {
    const { apiVersion, kind, metadata } = object;
    if (!served.has(`${apiVersion} ${kind}`)) {
      continue;
    }
    const ref = { apiVersion, kind };
    if (!client.get(ref, metadata.namespace, metadata.name ?? '')) {
      client.create(ref, object);
    }
  }
}
