import { describe, expect, it } from 'vitest';
import { isApiError } from '../../../../lab-server/embedded/kubernetes/api/errors.ts';
import { kindRef } from '../../../../lab-server/embedded/kubernetes/cluster-client.ts';
import type { Deployment, KubernetesObject, Namespace, Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { aConfigMap, aCore, aDeployment } from './core-builder.ts';

const CONFIG_MAP = kindRef<KubernetesObject & { data?: Record<string, string> }>('v1', 'ConfigMap');
const DEPLOYMENT = kindRef<Deployment>('apps/v1', 'Deployment');
const NAMESPACE = kindRef<Namespace>('v1', 'Namespace');
const POD = kindRef<Pod>('v1', 'Pod');

function refusal(act: () => unknown): { code: number; message: string } {
  try {
    act();
  } catch (error) {
    if (isApiError(error)) {
      return { code: error.code, message: error.message };
    }
    throw error;
  }
  return { code: 0, message: 'nothing was refused' };
}

function aPod(name: string, spec: object = {}): object {
  return { metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'web', image: 'nginx' }], ...spec } };
}

describe('a new object', () => {
  it('gets what the server alone gives, whatever was sent', () => {
    const { client } = aCore();
    const created = client.create(
      CONFIG_MAP,
      aConfigMap('a', {}, { uid: 'mine', creationTimestamp: '2000-01-01T00:00:00Z', deletionTimestamp: '2000-01-01T00:00:00Z' }),
    );
    expect(created.metadata).toMatchObject({
      name: 'a',
      creationTimestamp: '2026-01-01T00:00:00Z',
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    expect(created.metadata.deletionTimestamp).toBeUndefined();
  });

  it('gets a name of its own where it asks for one', () => {
    const { client } = aCore();
    const names = [1, 2].map(
      () => client.create(CONFIG_MAP, { metadata: { generateName: 'made-', namespace: 'default' } }).metadata.name ?? '',
    );
    expect(names.every((name) => /^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name))).toBe(true);
    expect(names[0]).not.toBe(names[1]);
  });

  it('is refused where its name is taken or its fields are wrong', () => {
    const { client } = aCore();
    client.create(CONFIG_MAP, aConfigMap('a'));
    expect(refusal(() => client.create(CONFIG_MAP, aConfigMap('a')))).toEqual({ code: 409, message: 'configmaps "a" already exists' });
    expect(refusal(() => client.create(DEPLOYMENT, aDeployment('web', { replicas: -1 })))).toEqual({
      code: 422,
      message: 'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    });
  });

  it('gives back the addresses that it took when it is refused after all', () => {
    const core = aCore();
    const service = { metadata: { name: 'web', namespace: 'default' }, spec: { clusterIP: '10.96.0.50', ports: [{ port: 80 }] } };
    const kind = kindRef<KubernetesObject>('v1', 'Service');
    expect(refusal(() => core.client.create(kind, { ...service, spec: { ...service.spec, ports: [{ port: 0 }] } })).code).toBe(422);
    expect(core.client.create(kind, service).spec).toMatchObject({ clusterIP: '10.96.0.50' });
    expect(refusal(() => core.client.create(kind, { ...service, metadata: { ...service.metadata, name: 'other' } })).message).toContain(
      'provided IP is already allocated',
    );
    core.client.delete(kind, 'default', 'web');
    expect(core.client.create(kind, { ...service, metadata: { ...service.metadata, name: 'other' } }).spec).toMatchObject({
      clusterIP: '10.96.0.50',
    });
  });
});

describe('an update', () => {
  it('raises the generation with the spec alone', () => {
    const { client } = aCore();
    const created = client.create(DEPLOYMENT, aDeployment('web'));
    const labelled = client.update(DEPLOYMENT, { ...created, metadata: { ...created.metadata, labels: { a: 'b' } } });
    const scaled = client.update(DEPLOYMENT, { ...labelled, spec: { ...labelled.spec, replicas: 5 } as Deployment['spec'] });
    expect([created, labelled, scaled].map(({ metadata }) => metadata.generation)).toEqual([1, 1, 2]);
  });

  it('that changes nothing is none', () => {
    const { client, store } = aCore();
    const created = client.create(DEPLOYMENT, aDeployment('web'));
    const { revision } = store;
    expect(client.update(DEPLOYMENT, created).metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    expect(store.revision).toBe(revision);
  });

  it('leaves the status to the status, and the status the rest', () => {
    const { client } = aCore();
    const created = client.create(DEPLOYMENT, aDeployment('web'));
    const status = { replicas: 3, observedGeneration: 1 };
    const reported = client.updateStatus(DEPLOYMENT, { ...created, spec: { ...created.spec, replicas: 9 } as Deployment['spec'], status });
    expect([reported.spec?.replicas, reported.status]).toEqual([3, status]);
    const changed = client.update(DEPLOYMENT, { ...reported, status: { replicas: 77 } });
    expect(changed.status).toEqual(status);
  });

  it('of an older revision is refused', () => {
    const { client } = aCore();
    const old = client.create(CONFIG_MAP, aConfigMap('a'));
    client.update(CONFIG_MAP, { ...old, data: { x: '1' } });
    expect(refusal(() => client.update(CONFIG_MAP, { ...old, data: { x: '2' } })).code).toBe(409);
  });

  it('never changes what somebody else was given', () => {
    const { client } = aCore();
    const created = client.create(CONFIG_MAP, aConfigMap('a', { x: '1' }));
    const before = JSON.stringify(created);
    client.update(CONFIG_MAP, { ...created, data: { x: '2' } });
    expect(JSON.stringify(created)).toBe(before);
  });
});

describe('a deletion', () => {
  it('waits for finalizers, and lets none be added', () => {
    const { client } = aCore();
    client.create(CONFIG_MAP, aConfigMap('a', {}, { finalizers: ['example.com/hold'] }));
    client.delete(CONFIG_MAP, 'default', 'a');
    const held = client.get(CONFIG_MAP, 'default', 'a');
    expect(held?.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    expect(
      refusal(() =>
        client.update(CONFIG_MAP, {
          ...(held as KubernetesObject),
          metadata: { ...held?.metadata, finalizers: ['example.com/hold', 'example.com/more'] },
        }),
      ).message,
    ).toContain('no new finalizers can be added if the object is being deleted');
    client.update(CONFIG_MAP, { ...(held as KubernetesObject), metadata: { ...held?.metadata, finalizers: [] } });
    expect(client.get(CONFIG_MAP, 'default', 'a')).toBeUndefined();
  });

  it.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ] as const)('with the policy %s leaves the object to the garbage collector', (propagationPolicy, finalizers) => {
    const { client } = aCore();
    client.create(DEPLOYMENT, aDeployment('web'));
    client.delete(DEPLOYMENT, 'default', 'web', { propagationPolicy });
    expect(client.get(DEPLOYMENT, 'default', 'web')?.metadata).toMatchObject({ finalizers });
  });

  it('gives a pod on a node time to stop, which a later one can only shorten', () => {
    const { client } = aCore();
    client.create(POD, aPod('web'));
    client.bind('default', 'web', 'minikube');
    client.delete(POD, 'default', 'web');
    const grace = (): number | undefined => client.get(POD, 'default', 'web')?.metadata.deletionGracePeriodSeconds;
    expect([grace(), client.get(POD, 'default', 'web')?.metadata.deletionTimestamp]).toEqual([30, '2026-01-01T00:00:30Z']);
    client.delete(POD, 'default', 'web', { gracePeriodSeconds: 60 });
    expect(grace()).toBe(30);
    client.delete(POD, 'default', 'web', { gracePeriodSeconds: 5 });
    expect(grace()).toBe(5);
    client.delete(POD, 'default', 'web', { gracePeriodSeconds: 0 });
    expect(client.get(POD, 'default', 'web')).toBeUndefined();
  });

  it('takes a pod without a node at once', () => {
    const { client } = aCore();
    client.create(POD, aPod('web'));
    client.delete(POD, 'default', 'web');
    expect(client.get(POD, 'default', 'web')).toBeUndefined();
  });

  it('holds to its preconditions', () => {
    const { client } = aCore();
    client.create(CONFIG_MAP, aConfigMap('a'));
    expect(refusal(() => client.delete(CONFIG_MAP, 'default', 'a', { preconditions: { uid: 'other' } })).message).toContain(
      'Precondition failed: UID in precondition: other',
    );
  });

  it('of a namespace waits for its content', () => {
    const { client } = aCore();
    client.create(NAMESPACE, { metadata: { name: 'team' } });
    client.delete(NAMESPACE, undefined, 'team');
    const going = client.get(NAMESPACE, undefined, 'team') as Namespace;
    expect(going.status?.phase).toBe('Terminating');
    client.finalizeNamespace({ ...going, spec: { finalizers: [] } });
    expect(client.get(NAMESPACE, undefined, 'team')).toBeUndefined();
  });
});

describe('a binding', () => {
  it('is made once', () => {
    const { client } = aCore();
    client.create(POD, aPod('web'));
    client.bind('default', 'web', 'minikube');
    const pod = client.get(POD, 'default', 'web');
    expect([pod?.spec?.nodeName, pod?.metadata.generation, pod?.status?.conditions?.[0]?.type]).toEqual(['minikube', 1, 'PodScheduled']);
    expect(refusal(() => client.bind('default', 'web', 'other'))).toEqual({
      code: 409,
      message: 'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "minikube"',
    });
  });
});

describe('a watch of the client', () => {
  it('begins with what is there and goes on in order', async () => {
    const { client } = aCore();
    client.create(CONFIG_MAP, aConfigMap('a'));
    const seen: string[] = [];
    using _watch = client.watch(CONFIG_MAP, ({ type, object }) => seen.push(`${type} ${object.metadata.name}`));
    client.create(CONFIG_MAP, aConfigMap('b'));
    client.delete(CONFIG_MAP, 'default', 'a');
    expect(seen).toEqual(['ADDED a']);
    await Promise.resolve();
    expect(seen).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
  });
});

describe('limits', () => {
  it('refuse one object too many, and let deletions make room', () => {
    const { client } = aCore({ limits: { objects: 1 } });
    client.create(CONFIG_MAP, aConfigMap('a'));
    expect(refusal(() => client.create(CONFIG_MAP, aConfigMap('b')))).toMatchObject({ code: 403 });
    client.delete(CONFIG_MAP, 'default', 'a');
    expect(client.create(CONFIG_MAP, aConfigMap('b')).metadata.name).toBe('b');
  });

  it('refuse text that would pass the limit, but never a smaller object', () => {
    const { client } = aCore({ limits: { bytes: 2000 } });
    const created = client.create(CONFIG_MAP, aConfigMap('a', { text: 'x'.repeat(1200) }));
    expect(refusal(() => client.create(CONFIG_MAP, aConfigMap('b', { text: 'x'.repeat(1200) })))).toMatchObject({ code: 403 });
    expect(client.update(CONFIG_MAP, { ...created, data: {} }).data).toBeUndefined();
  });
});
