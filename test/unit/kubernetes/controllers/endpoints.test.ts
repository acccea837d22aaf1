import { describe, expect, it } from 'vitest';
import { endpointSliceController } from '../../../../lab-server/embedded/kubernetes/controllers/endpoint-slice.ts';
import { endpointsController } from '../../../../lab-server/embedded/kubernetes/controllers/endpoints.ts';
import { ENDPOINTS, ENDPOINT_SLICE, POD, SERVICE } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import type { Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { aService } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

function start(stopMs = 0): TestCluster {
  return new TestCluster({ controllers: [endpointSliceController, endpointsController], stopMs });
}

function createPod(cluster: TestCluster, name: string, ports: object[] = []): Pod {
  return cluster.client.create(POD, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [{ name: 'main', image: 'nginx', ports }] },
  });
}

describe('the endpoint slices of a service', () => {
  it('list its ready pods, labelled so that they are found by the service', async () => {
    using cluster = start();
    const service = cluster.client.create(SERVICE, aService({}));
    const pod = createPod(cluster, 'a');
    await cluster.run(100);
    const [slice, ...others] = cluster.client.list(ENDPOINT_SLICE);
    expect(others).toEqual([]);
    expect(slice?.metadata).toMatchObject({
      generateName: 'web-',
      labels: {
        app: 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': 'web',
      },
      ownerReferences: [{ kind: 'Service', name: 'web', uid: service.metadata.uid, controller: true, blockOwnerDeletion: true }],
    });
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      ports: [{ name: '', port: 80, protocol: 'TCP' }],
      endpoints: [
        {
          addresses: ['10.244.0.1'],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: 'node-1',
          targetRef: { kind: 'Pod', namespace: 'default', name: 'a', uid: pod.metadata.uid },
        },
      ],
    });
  });

  it('take a pod out of the ready ones while it is not ready or terminating', async () => {
    using cluster = start(5000);
    cluster.client.create(SERVICE, aService({}));
    const pod = createPod(cluster, 'a');
    await cluster.run(100);
    cluster.setReady(pod, false);
    await cluster.run(100);
    const conditions = () => cluster.client.list(ENDPOINT_SLICE)[0]?.endpoints?.[0]?.conditions;
    expect(conditions()).toEqual({ ready: false, serving: false, terminating: false });
    expect(cluster.client.list(ENDPOINTS)[0]?.subsets).toMatchObject([{ notReadyAddresses: [{ ip: '10.244.0.1' }] }]);
    cluster.setReady(pod, true);
    cluster.client.delete(POD, 'default', 'a');
    await cluster.run(100);
    expect(conditions()).toEqual({ ready: false, serving: true, terminating: true });
    expect(cluster.client.list(ENDPOINTS)[0]?.subsets).toEqual([]);
  });

  it('resolve a named target port in each pod', async () => {
    using cluster = start();
    cluster.client.create(SERVICE, aService({ ports: [{ name: 'web', port: 80, protocol: 'TCP', targetPort: 'http' }] }));
    createPod(cluster, 'a', [{ name: 'http', containerPort: 8080 }]);
    createPod(cluster, 'b', [{ name: 'http', containerPort: 9090 }]);
    await cluster.run(100);
    const ports = cluster.client.list(ENDPOINT_SLICE).map((slice) => slice.ports?.[0]?.port);
    expect(ports.toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([8080, 9090]);
  });

  it('are empty, not absent, where the selector matches no pod', async () => {
    using cluster = start();
    cluster.client.create(SERVICE, aService({ selector: { app: 'other' } }));
    createPod(cluster, 'a');
    await cluster.run(100);
    expect(cluster.client.list(ENDPOINT_SLICE).map(({ endpoints }) => endpoints)).toEqual([[]]);
  });

  it('hold at most a hundred endpoints each', async () => {
    using cluster = start();
    cluster.client.create(SERVICE, aService({}));
    for (let index = 0; index < 150; index += 1) {
      createPod(cluster, `pod-${index}`);
    }
    await cluster.run(200);
    const sizes = cluster.client.list(ENDPOINT_SLICE).map(({ endpoints }) => endpoints?.length ?? 0);
    expect(sizes.toSorted((a, b) => b - a)).toEqual([100, 50]);
  });

  it('follow the service when its selector changes', async () => {
    using cluster = start();
    const service = cluster.client.create(SERVICE, aService({}));
    createPod(cluster, 'a');
    await cluster.run(100);
    const current = cluster.client.get(SERVICE, 'default', service.metadata.name) as typeof service;
    cluster.client.update(SERVICE, { ...current, spec: { ...current.spec, selector: { app: 'nothing' } } });
    await cluster.run(100);
    expect(cluster.client.list(ENDPOINT_SLICE).map(({ endpoints }) => endpoints)).toEqual([[]]);
  });
});
