import { once } from 'node:events';
import {
  CoreV1Api,
  AppsV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  type V1ConfigMap,
  type V1Deployment,
} from '@kubernetes/client-node';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStand } from './api-stand.ts';

function clientOf(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return config;
}

describe('the client library for JavaScript', () => {
  let stand: ApiStand;
  let config: KubeConfig;
  beforeAll(async () => {
    stand = await ApiStand.open();
    config = clientOf(stand.cluster.adminKubeconfig());
  });
  afterAll(async () => {
    await stand[Symbol.asyncDispose]();
  });

  it('keeps an informer in step', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const informer = makeInformer<V1ConfigMap>(
      config,
      '/api/v1/namespaces/default/configmaps',
      () => core.listNamespacedConfigMap({ namespace: 'default', labelSelector: 'app=informed' }),
      'app=informed',
    );
    const seen: string[] = [];
    const done = new Promise<void>((resolve) => {
      informer.on('add', (object) => seen.push(`add ${object.metadata?.name}`));
      informer.on('update', (object) => seen.push(`update ${object.data?.a}`));
      informer.on('delete', (object) => {
        seen.push(`delete ${object.metadata?.name}`);
        resolve();
      });
    });
    await informer.start();
    const metadata = { name: 'informed', labels: { app: 'informed' } };
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata, data: { a: '1' } } });
    await core.replaceNamespacedConfigMap({ namespace: 'default', name: 'informed', body: { metadata, data: { a: '2' } } });
    await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'informed' });
    await done;
    await informer.stop();
    expect(seen).toEqual(['add informed', 'update 2', 'delete informed']);
  });

  it('applies on the server side, and hears of conflicts', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const deployment = (replicas: number): V1Deployment & { apiVersion: string; kind: string } => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'applied', namespace: 'default' },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'applied' } },
        template: { metadata: { labels: { app: 'applied' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
      },
    });
    const apply = (replicas: number, manager: string, force = false) =>
      objects.patch(deployment(replicas), undefined, undefined, manager, force, PatchStrategy.ServerSideApply);
    await apply(1, 'one');
    await expect(apply(2, 'two')).rejects.toThrow('Apply failed with 1 conflict: conflict with');
    await apply(2, 'two', true);
    const apps = config.makeApiClient(AppsV1Api);
    const { spec, metadata } = await apps.readNamespacedDeployment({ name: 'applied', namespace: 'default' });
    expect(spec?.replicas).toBe(2);
    expect(metadata?.managedFields?.filter(({ operation }) => operation === 'Apply').map(({ manager }) => manager)).toEqual(['one', 'two']);
  });

  it('elects one leader of two by a Lease', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'leader', namespace: 'default' } };
    const take = async (holder: string): Promise<boolean> => {
      try {
        await objects.create({ ...lease, spec: { holderIdentity: holder, leaseDurationSeconds: 15 } } as typeof lease);
        return true;
      } catch {
        return false;
      }
    };
    expect((await Promise.all([take('a'), take('b')])).filter(Boolean)).toHaveLength(1);
    // Whoever read the older revision loses.
    const read = await objects.read(lease);
    const change = (holder: string) => objects.replace({ ...read, spec: { holderIdentity: holder } } as typeof read);
    const results = await Promise.allSettled([change('c'), change('d')]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('accepted writes', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dockside-kill-'));
  const running: ChildProcess[] = [];
  afterAll(() => {
    for (const child of running) {
      child.kill('SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<{ child: ChildProcess; core: CoreV1Api; kubeconfig: string }> {
    const script = fileURLToPath(new URL('./cluster-process.ts', import.meta.url));
    const child = spawn(process.execPath, [script, path.join(folder, 'cluster.sqlite')], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push(child);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { kubeconfig } = JSON.parse(line.toString('utf8')) as { kubeconfig: string };
    return { child, core: clientOf(kubeconfig).makeApiClient(CoreV1Api), kubeconfig };
  }

  it('survive the sudden death of the process, as do the cluster’s keys and revisions', async () => {
    const first = await start();
    const accepted: string[] = [];
    const writing = Promise.allSettled(
      Array.from({ length: 300 }, async (_, index) => {
        const name = `kept-${index}`;
        await first.core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name } } });
        accepted.push(name);
        if (accepted.length === 100) {
          first.child.kill('SIGKILL');
        }
      }),
    );
    await once(first.child, 'exit');
    await writing;
    const second = await start();
    const { items, metadata } = await second.core.listNamespacedConfigMap({ namespace: 'default' });
    const present = new Set(items.map((item) => item.metadata?.name));
    expect(accepted.filter((name) => !present.has(name))).toEqual([]);
    expect(accepted.length).toBeGreaterThanOrEqual(100);
    const revisions = items.map((item) => Number(item.metadata?.resourceVersion));
    expect(Math.max(...revisions)).toBeLessThanOrEqual(Number(metadata?.resourceVersion));
    const authority = (text: string): string | undefined => /certificate-authority-data: (.*)/.exec(text)?.[1];
    expect(authority(second.kubeconfig)).toBe(authority(first.kubeconfig));
  });
});

describe('limits of a cluster', () => {
  it('are told in the words of a quota, and never passed', async () => {
    await using stand = await ApiStand.open({ limits: { objects: 160, watchers: 2 } });
    const answers = [];
    for (let index = 0; index < 160; index += 1) {
      answers.push(await stand.send('POST', '/api/v1/namespaces/default/configmaps', { body: { metadata: { name: `many-${index}` } } }));
    }
    const refused = answers.at(-1);
    expect(refused?.json).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(refused?.json.message).toMatch(
      /^configmaps "many-159" is forbidden: exceeded quota: cluster, requested: count\/objects=1, used: count\/objects=160, limited: count\/objects=160$/,
    );
    const open = [1, 2].map(() => stand.watch('/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=0', () => false));
    // An answer to a later request tells that both watches are open.
    await stand.send('GET', '/api/v1/namespaces');
    const third = await stand.send('GET', '/api/v1/namespaces/default/configmaps?watch=true');
    expect([third.code, third.json.reason]).toEqual([429, 'TooManyRequests']);
    void open;
  });

  it('count pods and bytes, and let what shrinks be written', async () => {
    await using stand = await ApiStand.open({ limits: { pods: 2, bytes: 1_000_000 } });
    const aPod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'main', image: 'busybox' }] } });
    await stand.send('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
    const pods = [];
    for (const name of ['a', 'b', 'c']) {
      pods.push(await stand.send('POST', '/api/v1/namespaces/default/pods', { body: aPod(name) }));
    }
    expect(pods.map(({ code }) => code)).toEqual([201, 201, 403]);
    expect(pods[2]?.json.message).toBe('pods "c" is forbidden: exceeded quota: cluster, requested: pods=1, used: pods=2, limited: pods=2');
    const path = '/api/v1/namespaces/default/configmaps';
    const aMap = (name: string, size: number) => ({ metadata: { name }, data: { text: 'x'.repeat(size) } });
    expect((await stand.send('POST', path, { body: aMap('big', 400_000) })).code).toBe(201);
    const second = await stand.send('POST', path, { body: aMap('more', 900_000) });
    expect([second.code, second.json.message]).toEqual([
      403,
      expect.stringMatching(
        /^configmaps "more" is forbidden: exceeded quota: cluster, requested: storage=\d+, used: storage=\d+, limited: storage=1000000$/,
      ),
    ]);
    expect((await stand.send('PUT', `${path}/big`, { body: aMap('big', 10) })).code).toBe(200);
  });
});
