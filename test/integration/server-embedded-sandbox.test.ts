// The embedded Kubernetes driver as labs use it: a cluster in a thread of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../lab-server/base/index.ts';
import { EmbeddedKubernetesDriver } from '../../lab-server/sandboxes/embedded-kubernetes/index.ts';
import { endpointFromKubeconfig } from '../../lab-server/sandboxes/kubeconfig-endpoint.ts';
import type { Sandbox, Stage, StateDocument, StateQuery } from '../../lab-server/sandboxes/sandbox.ts';

const signal = new AbortController().signal;
const configMaps: StateQuery = {
  platform: 'kubernetes',
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'default',
  labelSelector: 'mine=yes',
};

let folder: string;
let driver: EmbeddedKubernetesDriver;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dockside-sandbox-'));
  driver = new EmbeddedKubernetesDriver({ clock: new SystemClock(), memoryMb: 64 });
});
afterEach(async () => {
  await driver[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function open(report: (stage: Stage) => void = () => {}): Promise<Sandbox> {
  return driver.open({ labId: 'lab', folder }, report, signal);
}

/** Sends an object to the cluster's API, as kubectl on this machine would. */
async function create(sandbox: Sandbox, path: string, object: object): Promise<number> {
  const endpoint = endpointFromKubeconfig(sandbox.access().hostFiles?.['.kube/config']?.content ?? '');
  const { headers, ...tls } = await endpoint.credentials();
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, endpoint.server), {
      ...tls,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
    });
    call.on('error', reject);
    call.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)));
    call.end(JSON.stringify(object));
  });
}

function aConfigMap(name: string, data: Record<string, string> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { mine: 'yes' } }, data };
}

const namesOf = (documents: StateDocument[]): string[] =>
  documents.map((document) => (document as { metadata: { name: string } }).metadata.name).toSorted();

describe('an embedded cluster', () => {
  it('opens with its stage, and hands out access under minikube’s addresses', async () => {
    const stages: string[] = [];
    const sandbox = await open(({ id, state }) => stages.push(`${id} ${state}`));
    expect(stages).toEqual(['cluster running', 'cluster done']);
    const { files, hosts, network } = sandbox.access();
    expect(files['.kube/config']?.content).toContain('server: https://192.168.49.2:8443');
    expect(hosts['control-plane.minikube.internal']).toBe('192.168.49.2');
    expect(network?.published()).toContainEqual({ address: '192.168.49.2', port: 8443, protocol: 'tcp' });
    expect(await sandbox.close()).toEqual([]);
  });

  it('is read and followed through its public API', async () => {
    const sandbox = await open();
    const seen: string[] = [];
    const abort = new AbortController();
    const following = (async () => {
      for await (const { type, document } of sandbox.state.changes(configMaps, abort.signal)) {
        seen.push(`${type} ${namesOf([document]).join('')}`);
      }
    })();
    expect(await create(sandbox, '/api/v1/namespaces/default/configmaps', aConfigMap('one'))).toBe(201);
    await expect.poll(() => seen).toEqual(['ADDED one']);
    expect(namesOf(await sandbox.state.read(configMaps, signal))).toEqual(['one']);
    abort.abort();
    await following;
    await sandbox.close();
  });

  it('lets the lab into its network, and publishes addresses as they come', async () => {
    const sandbox = await open();
    const { network } = sandbox.access();
    let changes = 0;
    using _listener = network?.onChange(() => (changes += 1));
    const labels = { app: 'web' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'nginx', image: 'nginx:latest' }] } };
    await create(sandbox, '/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels },
      spec: template.spec,
    });
    await create(sandbox, '/api/v1/namespaces/default/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: labels, clusterIP: '10.96.7.7', ports: [{ port: 80 }] },
    });
    await expect.poll(() => network?.published().some(({ address }) => address === '10.96.7.7')).toBe(true);
    expect(changes).toBeGreaterThan(0);
    const answer = async (): Promise<string> => {
      const connection = await network?.connect({ address: '10.96.7.7', port: 80, protocol: 'tcp' });
      return new Promise((resolve, reject) => {
        const call = httpRequest({ path: '/', headers: { host: 'web' }, createConnection: () => connection });
        call.on('error', reject);
        call.on('response', (response) => response.setEncoding('utf8').on('data', resolve));
        call.end();
      });
    };
    await expect.poll(() => answer().catch((error: { code?: string }) => error.code), { timeout: 20_000 }).toContain('Welcome to nginx!');
    await expect(network?.connect({ address: '10.96.200.200', port: 80, protocol: 'tcp' })).rejects.toMatchObject({
      code: expect.any(String),
    });
    await sandbox.close();
  });

  it('goes on as it was after it was suspended', async () => {
    const sandbox = await open();
    await create(sandbox, '/api/v1/namespaces/default/configmaps', aConfigMap('kept'));
    const { files, network } = sandbox.access();
    const { content } = files['.kube/config'] ?? {};
    await sandbox.suspend();
    await expect(network?.connect({ address: '192.168.49.2', port: 8443, protocol: 'tcp' })).rejects.toMatchObject({
      code: 'EHOSTUNREACH',
    });
    const again = await open();
    expect(namesOf(await again.state.read(configMaps, signal))).toEqual(['kept']);
    // Shells that were open before hold this kubeconfig.
    expect(again.access().files['.kube/config']?.content).toBe(content);
    await again.close();
  });

  it('is empty after a reset and after it was closed', async () => {
    const sandbox = await open();
    await create(sandbox, '/api/v1/namespaces/default/configmaps', aConfigMap('gone'));
    await sandbox.reset();
    expect(await sandbox.state.read(configMaps, signal)).toEqual([]);
    await create(sandbox, '/api/v1/namespaces/default/configmaps', aConfigMap('gone'));
    await sandbox.close();
    const again = await open();
    expect(await again.state.read(configMaps, signal)).toEqual([]);
    await again.close();
  });

  it('that needs more memory than it may have ends alone, says why, and keeps what was stored', async () => {
    const sandbox = await open();
    const other = await driver.open({ labId: 'other', folder: mkdtempSync(join(folder, 'other-')) }, () => {}, signal);
    const text = 'x'.repeat(900_000);
    const filling = (async () => {
      for (let count = 0; count < 400; count += 1) {
        await create(sandbox, '/api/v1/namespaces/default/configmaps', aConfigMap(`fill-${count}`, { text: `${count}${text}` }));
      }
    })();
    const error = await Promise.race([
      sandbox.failed,
      filling.then(
        () => undefined,
        () => sandbox.failed,
      ),
    ]);
    await filling.catch(() => {});
    expect(error).toMatchObject({ code: 'SANDBOX_OUT_OF_MEMORY' });
    expect(error?.message).toContain('Restart it: what was stored is kept.');
    expect(await other.state.read(configMaps, signal)).toEqual([]);
    await other.close();
    await sandbox.close();
  });
});
