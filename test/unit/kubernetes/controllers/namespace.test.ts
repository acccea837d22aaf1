import { describe, expect, it } from 'vitest';
import { CONFIG_MAP, NAMESPACE, POD, SERVICE_ACCOUNT } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { namespaceController } from '../../../../lab-server/embedded/kubernetes/controllers/namespace.ts';
import { rootCaPublisher } from '../../../../lab-server/embedded/kubernetes/controllers/root-ca-publisher.ts';
import { serviceAccountController } from '../../../../lab-server/embedded/kubernetes/controllers/service-account.ts';
import { TestCluster } from './test-cluster.ts';

const team = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' }, spec: { finalizers: ['kubernetes'] } };

function start(stopMs = 0): TestCluster {
  const cluster = new TestCluster({ controllers: [namespaceController, serviceAccountController, rootCaPublisher('PEM')], stopMs });
  cluster.client.create(NAMESPACE, team);
  return cluster;
}

describe('a namespace', () => {
  it('gets its default service account and the root certificate, and again when they are deleted', async () => {
    using cluster = start();
    await cluster.run(100);
    cluster.client.delete(SERVICE_ACCOUNT, 'team-a', 'default');
    cluster.client.delete(CONFIG_MAP, 'team-a', 'kube-root-ca.crt');
    await cluster.run(100);
    expect(cluster.client.list(SERVICE_ACCOUNT, { namespace: 'team-a' }).map(({ metadata }) => metadata.name)).toEqual(['default']);
    expect(cluster.client.get(CONFIG_MAP, 'team-a', 'kube-root-ca.crt')?.data).toEqual({ 'ca.crt': 'PEM' });
  });

  it('goes with everything in it, pods first', async () => {
    using cluster = start(1000);
    cluster.client.create(POD, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'team-a' }, spec: { containers: [] } });
    await cluster.run(100);
    cluster.client.delete(NAMESPACE, undefined, 'team-a');
    await cluster.run(500);
    expect(cluster.client.get(CONFIG_MAP, 'team-a', 'kube-root-ca.crt')).toBeDefined();
    await cluster.run(1000);
    expect(cluster.client.list(NAMESPACE)).toHaveLength(0);
    expect(cluster.client.list(CONFIG_MAP)).toHaveLength(0);
    expect(cluster.pods('team-a')).toHaveLength(0);
  });

  it('says what holds it up', async () => {
    using cluster = start();
    await cluster.run(100);
    const held = { name: 'held', namespace: 'team-a', finalizers: ['example.com/hold'] };
    cluster.client.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: held });
    cluster.client.delete(NAMESPACE, undefined, 'team-a');
    await cluster.run(500);
    const messages = cluster.client.get(NAMESPACE, undefined, 'team-a')?.status?.conditions?.map(({ message }) => message);
    expect(messages).toContain('Some resources are remaining: configmaps. has 1 resource instances');
    expect(messages).toContain('Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances');
    const configMap = cluster.client.get(CONFIG_MAP, 'team-a', 'held');
    cluster.client.update(CONFIG_MAP, {
      ...(configMap as NonNullable<typeof configMap>),
      metadata: { ...configMap?.metadata, finalizers: [] } as never,
    });
    await cluster.run(500);
    expect(cluster.client.get(NAMESPACE, undefined, 'team-a')).toBeUndefined();
  });
});
