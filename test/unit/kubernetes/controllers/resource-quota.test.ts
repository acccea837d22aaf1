import { describe, expect, it } from 'vitest';
import { POD, RESOURCE_QUOTA, type ResourceQuota, SERVICE } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { usageOf } from '../../../../lab-server/embedded/kubernetes/controllers/quota/usage.ts';
import { resourceQuotaController } from '../../../../lab-server/embedded/kubernetes/controllers/resource-quota.ts';
import type { Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { formatQuantity } from '../../../../lab-server/embedded/kubernetes/values/quantity.ts';
import { aService } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

function aPod(name: string, resources: object = {}, extra: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'nginx', resources }], ...extra },
  };
}

function aQuota(hard: Record<string, string>, spec: object = {}) {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'default' }, spec: { hard, ...spec } };
}

function used(cluster: TestCluster): ResourceQuota['status'] {
  return cluster.client.get(RESOURCE_QUOTA, 'default', 'q')?.status;
}

describe('a resource quota', () => {
  it('shows what the namespace uses of what it limits, and nothing else', async () => {
    using cluster = new TestCluster({ controllers: [resourceQuotaController], startMs: () => undefined });
    cluster.client.create(
      RESOURCE_QUOTA,
      aQuota({ pods: '10', 'requests.cpu': '2', 'limits.memory': '1Gi', services: '2', 'services.nodeports': '1' }),
    );
    cluster.client.create(POD, aPod('a', { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } }));
    cluster.client.create(POD, aPod('b', { requests: { cpu: '500m' } }));
    cluster.client.create(SERVICE, aService({ type: 'NodePort' }));
    await cluster.run(100);
    expect(used(cluster)?.used).toEqual({
      pods: '2',
      'requests.cpu': '750m',
      'limits.memory': '128Mi',
      services: '1',
      'services.nodeports': '1',
    });
    expect(used(cluster)?.hard).toEqual({
      pods: '10',
      'requests.cpu': '2',
      'limits.memory': '1Gi',
      services: '2',
      'services.nodeports': '1',
    });
  });

  it('gives back what finished and deleted pods used', async () => {
    using cluster = new TestCluster({ controllers: [resourceQuotaController], startMs: () => undefined });
    cluster.client.create(RESOURCE_QUOTA, aQuota({ pods: '10', 'count/pods': '10' }));
    cluster.client.create(POD, aPod('a'));
    cluster.client.create(POD, aPod('b'));
    await cluster.run(100);
    cluster.finish(cluster.pods()[0] as Pod, 0);
    await cluster.run(100);
    expect(used(cluster)?.used).toEqual({ pods: '1', 'count/pods': '2' });
    cluster.client.delete(POD, 'default', 'b');
    await cluster.run(100);
    expect(used(cluster)?.used).toEqual({ pods: '0', 'count/pods': '1' });
  });

  it('counts only the pods in its scopes', async () => {
    using cluster = new TestCluster({ controllers: [resourceQuotaController], startMs: () => undefined });
    cluster.client.create(RESOURCE_QUOTA, aQuota({ pods: '10' }, { scopes: ['BestEffort'] }));
    cluster.client.create(POD, aPod('best-effort'));
    cluster.client.create(POD, aPod('burstable', { requests: { cpu: '1' } }));
    await cluster.run(100);
    expect(used(cluster)?.used).toEqual({ pods: '1' });
  });
});

describe('the usage of a pod', () => {
  it('is that of its containers and sidecars together, or of its largest init container', () => {
    const initContainers = [
      { name: 'side', image: 'x', restartPolicy: 'Always', resources: { requests: { cpu: '100m' } } },
      { name: 'init', image: 'x', resources: { requests: { cpu: '2' } } },
    ];
    const pod = aPod('a', { requests: { cpu: '500m', memory: '1Gi' } }, { initContainers });
    const usage = usageOf(pod, 'pods', '', 0);
    const texts = Object.fromEntries([...usage].map(([name, quantity]) => [name, formatQuantity(quantity)]));
    expect(texts).toMatchObject({ cpu: '2100m', 'requests.cpu': '2100m', memory: '1Gi', pods: '1', 'count/pods': '1' });
  });
});
