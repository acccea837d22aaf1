// The kubeconfig driver on a cluster that it did not make: the embedded one, and any real one that DOCKSIDE_TEST_KUBECONFIG names (npm run test:cluster).
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock, SystemClock } from '../../../lab-server/base/index.ts';
import { startCluster } from '../../../lab-server/embedded/kubernetes/cluster.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';
import { rangeHolds } from '../../../lab-server/labs/lab-network.ts';
import { KubeconfigDriver } from '../../../lab-server/sandboxes/kubeconfig/index.ts';
import type { Sandbox } from '../../../lab-server/sandboxes/sandbox.ts';
import { commandEnvironment, root } from '../../builders/server-process.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
const real = process.env.DOCKSIDE_TEST_KUBECONFIG;
/** A real cluster pulls images and waits for grace periods. */
const PATIENCE = { timeout: 60_000 };

interface Target {
  name: string;
  start: (folder: string) => Promise<{ kubeconfig: string; stop: () => Promise<void> }>;
}

const embedded: Target = {
  name: 'the embedded cluster',
  async start(folder) {
    const clock = new SystemClock();
    const runtime = createRuntime({ clock });
    const cluster = await startCluster({ clock, runtime, listen: { host: '127.0.0.1', port: 0 } });
    const admin = join(folder, 'admin');
    writeFileSync(admin, cluster.adminKubeconfig());
    const kubectl = async (...args: string[]): Promise<string> =>
      (await run('kubectl', ['--kubeconfig', admin, ...args], { env: commandEnvironment() })).stdout.trim();
    // The operator of the tests is nobody but the user that deploy/cluster-role.yaml speaks of.
    await kubectl('create', 'namespace', 'dockside');
    await kubectl('create', 'serviceaccount', 'server', '-n', 'dockside');
    await kubectl('apply', '-f', join(root, 'deploy', 'cluster-role.yaml'));
    await kubectl('create', 'clusterrolebinding', 'dockside', '--clusterrole=dockside', '--serviceaccount=dockside:server');
    const kubeconfig = join(folder, 'operator');
    const token = await kubectl('create', 'token', 'server', '-n', 'dockside', '--duration=2h');
    const { clusters } = parse(cluster.adminKubeconfig()) as { clusters: { name: string }[] };
    const context = { cluster: clusters[0]?.name, user: 'server' };
    const users = [{ name: 'server', user: { token } }];
    writeFileSync(kubeconfig, stringify({ clusters, users, contexts: [{ name: 'test', context }], 'current-context': 'test' }));
    return {
      kubeconfig,
      async stop() {
        await cluster.stop();
        await runtime[Symbol.asyncDispose]();
      },
    };
  },
};
const named: Target = {
  name: 'the cluster of DOCKSIDE_TEST_KUBECONFIG',
  start: () => Promise.resolve({ kubeconfig: real ?? '', stop: async () => {} }),
};

const nginx = ['create', 'deployment', 'web', '--image=nginx:latest', '--replicas=2', '--port=80'];

describe.each([embedded, ...(real === undefined ? [] : [named])])('the kubeconfig driver on $name', ({ start }) => {
  let folder: string;
  let kubeconfig: string;
  let stop: () => Promise<void>;
  let driver: KubeconfigDriver;
  let labs = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dockside-kubeconfig-'));
    ({ kubeconfig, stop } = await start(folder));
    driver = new KubeconfigDriver({ clock: new SystemClock(), file: kubeconfig, dataFolder: join(folder, 'data') });
  }, 30_000);
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(from = driver): Promise<{ sandbox: Sandbox; labFolder: string; kubectl: (...args: string[]) => Promise<string> }> {
    const labId = `lab${labs++}`;
    const labFolder = join(folder, labId);
    const sandbox = await from.open({ labId, folder: labFolder }, () => {}, signal);
    const file = join(labFolder, 'learner');
    writeFileSync(file, sandbox.access().hostFiles?.['.kube/config']?.content ?? '');
    return {
      sandbox,
      labFolder,
      async kubectl(...args) {
        const { stdout } = await run('kubectl', ['--kubeconfig', file, ...args], { env: commandEnvironment() });
        return stdout;
      },
    };
  }

  /** Namespaces with a prefix of ours, as the operator sees them. */
  async function namespaces(): Promise<string[]> {
    const args = ['--kubeconfig', kubeconfig, 'get', 'namespaces', '-l', 'app.kubernetes.io/managed-by=dockside', '-o', 'name'];
    const { stdout } = await run('kubectl', args, { env: commandEnvironment() });
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('is ready where the cluster answers and its user may do what labs need', async () => {
    expect(await driver.probe()).toEqual({ ready: true });
  });

  it('gives a learner a namespace to work in, whose Services answer, and nothing else of the cluster', async () => {
    const { sandbox, kubectl } = await open();
    await kubectl(...nginx);
    await kubectl('expose', 'deployment', 'web', '--type=NodePort');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    const [service] = (await sandbox.state.read(
      { platform: 'kubernetes', apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'web' },
      signal,
    )) as {
      spec: { clusterIP: string; ports: { nodePort: number }[] };
    }[];
    const { network } = sandbox.access();
    await expect.poll(() => network?.published().map(({ address }) => address), PATIENCE).toContain(service?.spec.clusterIP);
    expect(network?.ranges.some((range) => !range.endsWith('/32') && rangeHolds(range, service?.spec.clusterIP ?? ''))).toBe(true);
    await expect.poll(() => page(sandbox, service?.spec.clusterIP ?? '', 80).catch(String), PATIENCE).toContain('Welcome to nginx!');
    const byNode = network?.published().find(({ port }) => port === service?.spec.ports[0]?.nodePort);
    expect(await page(sandbox, byNode?.address ?? '', byNode?.port ?? 0)).toContain('Welcome to nginx!');
    for (const refused of [
      ['get', 'pods', '-n', 'kube-system'],
      ['get', 'nodes'],
      ['get', 'namespaces'],
      ['create', 'namespace', 'mine'],
      ['delete', 'networkpolicy', 'lab'],
      ['delete', 'resourcequota', 'lab'],
      ['create', 'clusterrolebinding', 'up', '--clusterrole=cluster-admin', '--serviceaccount=default:default'],
      ['create', 'rolebinding', 'up', '--clusterrole=cluster-admin', '--serviceaccount=default:default'],
      ['create', 'role', 'up', '--verb=delete', '--resource=networkpolicies.networking.k8s.io'],
    ]) {
      await expect(kubectl(...refused)).rejects.toThrow(/forbidden/i);
    }
    expect(await sandbox.close()).toEqual([]);
  }, 180_000);

  it('keeps a lab within its quota', async () => {
    const { sandbox, kubectl } = await open();
    await kubectl('create', 'quota', 'own', '--hard=pods=1000').catch(() => '');
    await kubectl('create', 'deployment', 'many', '--image=nginx:latest', '--replicas=60');
    await expect
      .poll(async () => (await kubectl('get', 'events', '-o', 'jsonpath={.items[*].message}')).includes('exceeded quota'), PATIENCE)
      .toBe(true);
    expect(await sandbox.close()).toEqual([]);
  }, 180_000);

  it('keeps labs apart: one cannot read or change another, nor see it in its state', async () => {
    const one = await open();
    const two = await open();
    await one.kubectl('create', 'configmap', 'secret-of-one');
    const [namespaceOfOne = ''] = (await one.kubectl('config', 'view', '--minify', '-o', 'jsonpath={..namespace}')).split('\n');
    await expect(two.kubectl('get', 'configmaps', '-n', namespaceOfOne)).rejects.toThrow(/forbidden/i);
    await expect(two.kubectl('delete', 'configmap', 'secret-of-one', '-n', namespaceOfOne)).rejects.toThrow(/forbidden/i);
    const query = { platform: 'kubernetes', apiVersion: 'v1', kind: 'ConfigMap' } as const;
    const names = async (sandbox: Sandbox): Promise<unknown[]> =>
      (await sandbox.state.read(query, signal)).map((document) => (document as { metadata: { name: string } }).metadata.name);
    expect(await names(one.sandbox)).toContain('secret-of-one');
    expect(await names(two.sandbox)).not.toContain('secret-of-one');
    expect(await one.sandbox.close()).toEqual([]);
    expect(await two.sandbox.close()).toEqual([]);
  }, 180_000);

  it('is empty after a reset, and goes on as it was after it was let go', async () => {
    const { sandbox, labFolder, kubectl } = await open();
    const labId = labFolder.split('/').at(-1) ?? '';
    const query = { platform: 'kubernetes', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'mine' } as const;
    await kubectl('create', 'configmap', 'mine');
    await sandbox.suspend();
    expect(() => sandbox.access()).toThrow(/not connected/);
    const again = await driver.open({ labId, folder: labFolder }, () => {}, signal);
    expect(await again.state.read(query, signal)).toHaveLength(1);
    await again.reset();
    expect(await again.state.read(query, signal)).toEqual([]);
    expect(await again.close()).toEqual([]);
  }, 180_000);

  it('finds and removes what a crash left, and nothing of a lab that is there', async () => {
    const crashed = await open();
    const living = await open();
    const before = await namespaces();
    await crashed.sandbox[Symbol.asyncDispose]();
    rmSync(crashed.labFolder, { recursive: true });
    // A server that starts again on the same data folder.
    const restarted = new KubeconfigDriver({ clock: new SystemClock(), file: kubeconfig, dataFolder: join(folder, 'data') });
    expect(await restarted.sweep()).toEqual([]);
    expect(await namespaces()).toHaveLength(before.length - 1);
    await living.kubectl('get', 'pods');
    // Another server on the same cluster leaves it alone.
    mkdirSync(join(folder, 'other'));
    await new KubeconfigDriver({ clock: new SystemClock(), file: kubeconfig, dataFolder: join(folder, 'other') }).sweep();
    await living.kubectl('get', 'pods');
    expect(await living.sandbox.close()).toEqual([]);
  }, 180_000);

  it('renews the token before it ends, and says so', async () => {
    const clock = new ManualClock(Date.now());
    const { sandbox } = await open(new KubeconfigDriver({ clock, file: kubeconfig, dataFolder: join(folder, 'data') }));
    const before = sandbox.access().files['.kube/config']?.content;
    let changes = 0;
    using _listening = sandbox.onAccessChange?.(() => (changes += 1));
    // Two tokens of one second are the same text.
    const renewed = async (): Promise<string | undefined> => {
      await clock.advance(50 * 60_000);
      return sandbox.access().files['.kube/config']?.content;
    };
    await expect.poll(renewed, PATIENCE).not.toBe(before);
    expect(changes).toBeGreaterThan(0);
    expect(await sandbox.close()).toEqual([]);
    expect(clock.pending).toBe(0);
  }, 60_000);
});

describe('the kubeconfig driver', () => {
  it('says in plain words why it cannot be used, and what to do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dockside-kubeconfig-'));
    const clock = new SystemClock();
    const nowhere = new KubeconfigDriver({ clock, file: join(folder, 'none'), dataFolder: folder });
    expect(await nowhere.probe()).toMatchObject({ ready: false, reason: expect.stringContaining('cannot be read') });
    const { kubeconfig, stop } = await embedded.start(folder);
    const reachable = new KubeconfigDriver({ clock, file: join(folder, 'nobody'), dataFolder: folder });
    const { clusters, contexts } = parse(readFileSync(kubeconfig, 'utf8')) as { clusters: object[]; contexts: object[] };
    writeFileSync(
      join(folder, 'nobody'),
      stringify({ clusters, contexts, users: [{ name: 'server', user: {} }], 'current-context': 'test' }),
    );
    expect(await reachable.probe()).toMatchObject({ ready: false, remedy: expect.stringContaining('DOCKSIDE_KUBECONFIG') });
    const lab = { labId: 'lab', folder: join(folder, 'lab'), needs: ['nodes', 'minikube'] as const };
    await expect(reachable.open(lab, () => {}, signal)).rejects.toMatchObject({
      code: 'SANDBOX_NEEDS_MORE',
      message: expect.stringContaining('(nodes, minikube)'),
    });
    await stop();
    const stopped = new KubeconfigDriver({ clock, file: kubeconfig, dataFolder: folder });
    expect(await stopped.probe()).toMatchObject({
      ready: false,
      reason: expect.stringMatching(/^the cluster at https:\/\/127\.0\.0\.1:\d+ cannot be reached: /),
      remedy: expect.stringContaining('DOCKSIDE_KUBECONFIG'),
    });
    rmSync(folder, { recursive: true, force: true });
  });
});

/** A page from an address, over the lab's network. */
async function page(sandbox: Sandbox, address: string, port: number): Promise<string> {
  const connection = await sandbox.access().network?.connect({ address, port, protocol: 'tcp' });
  return new Promise((resolve, reject) => {
    const call = request({ path: '/', headers: { host: 'web' }, createConnection: () => connection });
    call.on('error', reject);
    call.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    call.end();
  });
}
