import { describe, expect, it } from 'vitest';
import { clusterRoleAggregationController } from '../../../../lab-server/embedded/kubernetes/controllers/cluster-role-aggregation.ts';
import { endpointSliceMirroringController } from '../../../../lab-server/embedded/kubernetes/controllers/endpoint-slice-mirroring.ts';
import { eventExpiry } from '../../../../lab-server/embedded/kubernetes/controllers/event-expiry.ts';
import {
  ENDPOINTS,
  ENDPOINT_SLICE,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
} from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { serviceAccountTokenController } from '../../../../lab-server/embedded/kubernetes/controllers/service-account-token.ts';
import { kindRef } from '../../../../lab-server/embedded/kubernetes/cluster-client.ts';
import { EVENT, createEventRecorder } from '../../../../lab-server/embedded/kubernetes/events/index.ts';
import type { KubernetesObject } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { aService } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

describe('an event', () => {
  it('is removed an hour after it last happened', async () => {
    using cluster = new TestCluster({ controllers: [eventExpiry()] });
    const recorder = createEventRecorder({ client: cluster.client, clock: cluster.clock, component: 'test' });
    const about = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default', uid: 'u' } };
    recorder.event(about, 'Normal', 'Once', 'once');
    recorder.event(about, 'Normal', 'Twice', 'twice');
    await cluster.run(1_800_000, 600_000);
    recorder.event(about, 'Normal', 'Twice', 'twice');
    await cluster.run(2_400_000, 600_000);
    expect(cluster.client.list(EVENT).map(({ reason }) => reason)).toEqual(['Twice']);
    await cluster.run(3_600_000, 600_000);
    expect(cluster.client.list(EVENT)).toEqual([]);
    expect(cluster.clock.pending).toBe(0);
  });
});

describe('endpoints written by hand', () => {
  it('are mirrored into an endpoint slice, changed and removed with them', async () => {
    using cluster = new TestCluster({ controllers: [endpointSliceMirroringController] });
    const service = aService({});
    cluster.client.create(SERVICE, { ...service, spec: { ...service.spec, selector: undefined } });
    const endpoints = cluster.client.create(ENDPOINTS, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'default' },
      subsets: [{ addresses: [{ ip: '10.0.0.7' }], ports: [{ port: 80 }] }],
    });
    await cluster.run(100);
    const slices = () => cluster.client.list(ENDPOINT_SLICE).map((slice) => slice.endpoints?.map(({ addresses }) => addresses[0]));
    expect(slices()).toEqual([['10.0.0.7']]);
    expect(cluster.client.list(ENDPOINT_SLICE)[0]?.metadata.labels).toMatchObject({ 'kubernetes.io/service-name': 'web' });
    const current = cluster.client.get(ENDPOINTS, 'default', 'web') as typeof endpoints;
    cluster.client.update(ENDPOINTS, { ...current, subsets: [{ addresses: [{ ip: '10.0.0.8' }], ports: [{ port: 80 }] }] });
    await cluster.run(100);
    expect(slices()).toEqual([['10.0.0.8']]);
    cluster.client.delete(ENDPOINTS, 'default', 'web');
    await cluster.run(100);
    expect(slices()).toEqual([]);
  });
});

describe('a cluster role that gathers others', () => {
  it('holds the rules of all roles that its selectors match', async () => {
    const CLUSTER_ROLE = kindRef<KubernetesObject & { rules?: unknown[] }>('rbac.authorization.k8s.io/v1', 'ClusterRole');
    const role = (name: string, extra: object) => ({
      apiVersion: CLUSTER_ROLE.apiVersion,
      kind: 'ClusterRole',
      metadata: { name },
      ...extra,
    });
    const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
    const widgets = { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] };
    using cluster = new TestCluster({ controllers: [clusterRoleAggregationController] });
    cluster.client.create(CLUSTER_ROLE, role('view', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { view: 'true' } }] } }));
    cluster.client.create(CLUSTER_ROLE, { ...role('pods', { rules: [pods] }), metadata: { name: 'pods', labels: { view: 'true' } } });
    await cluster.run(100);
    cluster.client.create(CLUSTER_ROLE, {
      ...role('widgets', { rules: [widgets] }),
      metadata: { name: 'widgets', labels: { view: 'true' } },
    });
    await cluster.run(100);
    expect(cluster.client.get(CLUSTER_ROLE, undefined, 'view')?.rules).toEqual([pods, widgets]);
  });
});

describe('a secret that asks for a token', () => {
  const issueToken = ({ namespace, name, uid }: { namespace: string; name: string; uid: string }) => `${namespace}/${name}/${uid}`;

  function aTokenSecret(account: string) {
    const annotations = { 'kubernetes.io/service-account.name': account };
    const metadata = { name: 'token', namespace: 'default', annotations };
    return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/service-account-token' };
  }

  it('gets the token of its service account, and goes with it', async () => {
    using cluster = new TestCluster({ controllers: [serviceAccountTokenController(issueToken, 'PEM')] });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'default' } };
    const { metadata } = cluster.client.create(SERVICE_ACCOUNT, account);
    cluster.client.create(SECRET, aTokenSecret('robot'));
    await cluster.run(100);
    const secret = cluster.client.get(SECRET, 'default', 'token');
    expect(secret?.metadata.annotations?.['kubernetes.io/service-account.uid']).toBe(metadata.uid);
    const read = (key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
    expect([read('token'), read('ca.crt'), read('namespace')]).toEqual([`default/robot/${metadata.uid}`, 'PEM', 'default']);
    cluster.client.delete(SERVICE_ACCOUNT, 'default', 'robot');
    await cluster.run(100);
    expect(cluster.client.get(SECRET, 'default', 'token')).toBeUndefined();
  });
});
