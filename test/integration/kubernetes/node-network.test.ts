import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../../../lab-server/embedded/kubernetes/types.ts';
import { aPod, hasKubectl, NodeStand } from './node-stand.ts';

const NGINX = { image: 'nginx:latest', ports: [{ containerPort: 80 }] };
const LOOP = { command: ['sh', '-c', 'while true; do sleep 1; done'] };

function aService(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec } };
}

describe.skipIf(!hasKubectl)('the cluster’s network, through kubectl', () => {
  let stand: NodeStand;

  beforeAll(async () => {
    stand = await NodeStand.open({ nodes: 2 });
    await stand.apply(aPod('web', NGINX));
    await stand.apply(aPod('friend', LOOP));
    await stand.apply(aPod('stranger', LOOP));
    await stand.apply(aService('web', { type: 'NodePort' }));
    await stand.kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=20s');
  });

  afterAll(() => stand[Symbol.asyncDispose]());

  /** The first line of the answer to a GET from outside the cluster, or the code of the failure. */
  async function ask(address: string, port: number): Promise<string> {
    try {
      const connection = await stand.cluster.connect({ address, port, protocol: 'tcp' });
      connection.write('GET / HTTP/1.0\r\n\r\n');
      const [chunk] = (await once(connection, 'data')) as [Buffer];
      connection.destroy();
      return chunk.toString().split('\r\n')[0] ?? '';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  }

  const wget = (from: string, url: string) => stand.run(['exec', from, '--', 'wget', '-T', '1', '-qO-', url]);

  it('reaches a Service by its address, its name and its node port on every node', async () => {
    const { spec } = await stand.json<Service>('get', 'service', 'web');
    const nodePort = spec?.ports?.[0]?.nodePort ?? 0;
    expect(await ask(spec?.clusterIP ?? '', 80)).toBe('HTTP/1.1 200 OK');
    expect(await ask('192.168.49.2', nodePort)).toBe('HTTP/1.1 200 OK');
    expect(await ask('192.168.49.3', nodePort)).toBe('HTTP/1.1 200 OK');
    for (const name of ['web', 'web.default', 'web.default.svc.cluster.local']) {
      expect((await wget('friend', `http://${name}`)).stdout).toContain('Welcome to nginx!');
    }
    const published = stand.cluster.published().map(({ address, port }) => `${address}:${port}`);
    expect(published).toEqual(expect.arrayContaining([`${spec?.clusterIP}:80`, `192.168.49.3:${nodePort}`, '10.96.0.1:443']));
  });

  it('refuses at a Service that selects nothing', async () => {
    await stand.apply(aService('typo', { selector: { app: 'wbe' } }));
    const { spec } = await stand.json<Service>('get', 'service', 'typo');
    expect(await ask(spec?.clusterIP ?? '', 80)).toBe('ECONNREFUSED');
    expect((await wget('friend', 'http://typo')).stderr).toMatch(/refused/i);
  });

  it('leaves pods that are not ready out', async () => {
    const readinessProbe = { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 };
    await stand.apply(aPod('slow', { ...NGINX, readinessProbe }));
    await stand.apply(aService('slow', { selector: { app: 'slow' } }));
    await stand.kubectl('wait', '--for=jsonpath={.status.phase}=Running', 'pod/slow', '--timeout=20s');
    const { spec } = await stand.json<Service>('get', 'service', 'slow');
    expect(await ask(spec?.clusterIP ?? '', 80)).toBe('ECONNREFUSED');
    await stand.kubectl('exec', 'slow', '--', 'touch', '/tmp/ready');
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/slow', '--timeout=20s');
    await expect.poll(() => ask(spec?.clusterIP ?? '', 80), { timeout: 5_000 }).toBe('HTTP/1.1 200 OK');
  });

  it('enforces network policies', async () => {
    await stand.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'friends-only' },
      spec: {
        podSelector: { matchLabels: { app: 'web' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'friend' } } }], ports: [{ protocol: 'TCP', port: 80 }] }],
      },
    });
    expect((await wget('friend', 'http://web')).stdout).toContain('Welcome to nginx!');
    const refused = await wget('stranger', 'http://web');
    expect(refused.code).not.toBe(0);
    await stand.kubectl('delete', 'networkpolicy', 'friends-only');
    expect((await wget('stranger', 'http://web')).stdout).toContain('Welcome to nginx!');
  });

  it('gives pods of a headless Service names of their own', async () => {
    await stand.apply(aService('peers', { clusterIP: 'None', selector: { app: 'web' } }));
    const address = await stand.kubectl('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}');
    await expect
      .poll(() => stand.run(['exec', 'friend', '--', 'nslookup', 'peers.default.svc.cluster.local']).then(({ stdout }) => stdout))
      .toContain(`Address: ${address}`);
  });

  it('met no error that nothing expected', () => {
    expect(stand.errors).toEqual([]);
  });
});
