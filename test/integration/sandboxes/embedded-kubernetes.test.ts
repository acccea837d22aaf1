// The embedded Kubernetes driver as labs use it: a cluster in a thread of its own.
import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { EmbeddedKubernetesDriver } from '../../../lab-server/sandboxes/embedded-kubernetes/index.ts';
import { ClusterApi } from '../../../lab-server/sandboxes/kubeconfig/cluster-api.ts';
import { endpointFromKubeconfig } from '../../../lab-server/sandboxes/kubeconfig-endpoint.ts';
import type { Sandbox } from '../../../lab-server/sandboxes/sandbox.ts';
import { inFolder, sandboxContract } from './contract.ts';

function newDriver(): EmbeddedKubernetesDriver {
  return new EmbeddedKubernetesDriver({ clock: new SystemClock(), memoryMb: 40 });
}

sandboxContract('embedded Kubernetes', {
  newDriver,
  stages: ['cluster running', 'cluster done'],
  query: { platform: 'kubernetes', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', labelSelector: 'mine=yes' },
  nameOf: (document) => (document as { metadata: { name: string } }).metadata.name,
  async make(sandbox, name) {
    const status = await create(sandbox, '/api/v1/namespaces/default/configmaps', aConfigMap(name));
    if (status !== 201) {
      throw new Error(`the cluster answered ${status}`);
    }
  },
  async fill(sandbox, text) {
    for (let count = 0; count < 400; count += 1) {
      await create(sandbox, '/api/v1/namespaces/default/configmaps', aConfigMap(`fill-${count}`, { text: `${count}${text}` }));
    }
  },
  credentials: ({ files }) => files['.kube/config']?.content,
  address: { address: '192.168.49.2', port: 8443 },
  nobody: { address: '10.96.200.200', port: 80 },
});

function aConfigMap(name: string, data: Record<string, string> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { mine: 'yes' } }, data };
}

/** Sends an object to the cluster's API, as kubectl on this machine would. */
async function create(sandbox: Sandbox, path: string, object: object): Promise<number> {
  const kubeconfig = sandbox.access().hostFiles?.['.kube/config']?.content ?? '';
  return (await new ClusterApi(endpointFromKubeconfig(kubeconfig)).request('POST', path, object)).status;
}

describe('an embedded cluster', () => {
  const { open } = inFolder(newDriver);

  it('hands out access under minikube’s addresses', async () => {
    const sandbox = await open();
    const { files, hosts } = sandbox.access();
    expect(files['.kube/config']?.content).toContain('server: https://192.168.49.2:8443');
    expect(hosts['control-plane.minikube.internal']).toBe('192.168.49.2');
    await sandbox.close();
  });

  it('lets the lab into its network, and publishes addresses as they come', async () => {
    const sandbox = await open();
    const { network } = sandbox.access();
    let changes = 0;
    using _listener = network?.onChange(() => (changes += 1));
    const labels = { app: 'web' };
    await create(sandbox, '/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels },
      spec: { containers: [{ name: 'nginx', image: 'nginx:latest' }] },
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
    await sandbox.close();
  });
});
