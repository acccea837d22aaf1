// Looking into running pods, and changing them in place, through the real kubectl: debug, attach, port-forward, cp, resize.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../../lab-server/embedded/kubernetes/types.ts';
import { aPod, hasKubectl, NodeStand } from './node-stand.ts';

describe.skipIf(!hasKubectl)('a running pod, through kubectl', () => {
  let stand: NodeStand;
  beforeAll(async () => {
    stand = await NodeStand.open();
    await stand.apply(aPod('web', { image: 'nginx:1.27', ports: [{ containerPort: 80 }] }));
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/web', '--timeout=20s');
  });
  afterAll(() => stand[Symbol.asyncDispose]());

  it('is looked into by a debugging container that shares its network', async () => {
    const { code, stdout } = await stand.run(
      ['debug', 'web', '-i', '--image=busybox:1.36', '--container=look', '--', 'sh'],
      'wget -q -O- http://localhost | grep title; exit 0\n',
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('<title>Welcome to nginx!</title>') });
    const pod = await stand.json<Pod>('get', 'pod', 'web');
    expect(pod.spec?.ephemeralContainers?.map(({ name, image }) => [name, image])).toEqual([['look', 'busybox:1.36']]);
    await expect
      .poll(async () => (await stand.json<Pod>('get', 'pod', 'web')).status?.ephemeralContainerStatuses?.[0]?.state?.terminated?.reason)
      .toBe('Completed');
    expect(await stand.kubectl('describe', 'pod', 'web')).toMatch(/Ephemeral Containers:\n {2}look:/);
    expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  it('is copied for debugging, with another image', async () => {
    await stand.kubectl('debug', 'web', '--copy-to=copy', '--set-image=*=busybox:1.36', '--share-processes', '--attach=false');
    const copy = await stand.json<Pod>('get', 'pod', 'copy');
    expect([copy.spec?.shareProcessNamespace, copy.spec?.containers[0]?.image]).toEqual([true, 'busybox:1.36']);
    await stand.kubectl('delete', 'pod', 'copy', '--now');
  });

  it('has a node that is looked into, with its files at /host', async () => {
    const created = await stand.kubectl('debug', 'node/minikube', '--image=busybox:1.36', '--attach=false', '--', 'sleep', '60');
    const name = /pod (node-debugger-\S+) /.exec(created)?.[1] ?? '';
    await stand.kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=20s');
    expect(await stand.kubectl('exec', name, '--', 'sh', '-c', 'hostname; ls -d /host')).toBe('minikube\n/host\n');
    await stand.kubectl('delete', 'pod', name, '--now');
  });

  it('is attached to, and reads what is typed', async () => {
    await stand.apply(aPod('talk', { command: ['sh', '-c', 'read name; echo "hello $name"; sleep 60'], stdin: true, tty: true }));
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/talk', '--timeout=20s');
    const attach = stand.start(['attach', 'talk', '-i']);
    let seen = '';
    attach.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    attach.stdin?.write('world\n');
    await expect.poll(() => seen, { timeout: 10_000 }).toContain('hello world');
    attach.kill();
  });

  it('takes a directory, and gives it back', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'dockside-copy-'));
    try {
      mkdirSync(path.join(folder, 'there'));
      writeFileSync(path.join(folder, 'there/note'), 'text\n', { mode: 0o600 });
      await stand.kubectl('cp', path.join(folder, 'there'), 'web:/srv/here');
      expect(await stand.kubectl('exec', 'web', '--', 'sh', '-c', 'cat /srv/here/note; ls -l /srv/here/note | cut -c1-10')).toBe(
        'text\n-rw-------\n',
      );
      await stand.kubectl('cp', 'web:/srv/here', path.join(folder, 'back'));
      expect(readFileSync(path.join(folder, 'back/note'), 'utf8')).toBe('text\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is given more in place, without a restart', async () => {
    await stand.apply(
      aPod('small', {
        command: ['sh', '-c', 'while true; do sleep 1; done'],
        resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '100m', memory: '32Mi' } },
      }),
    );
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/small', '--timeout=20s');
    const resources = { requests: { cpu: '200m', memory: '64Mi' }, limits: { cpu: '200m', memory: '64Mi' } };
    const patch = { spec: { containers: [{ name: 'main', resources }] } };
    await stand.kubectl('patch', 'pod', 'small', '--subresource=resize', '-p', JSON.stringify(patch));
    const status = async () => (await stand.json<Pod>('get', 'pod', 'small')).status?.containerStatuses?.[0];
    await expect
      .poll(status, { timeout: 10_000 })
      .toMatchObject({ restartCount: 0, resources: { limits: { cpu: '200m', memory: '64Mi' } } });
    expect(await stand.kubectl('describe', 'pod', 'small')).toContain('ResizeCompleted');
  });

  it('met no error that nothing expected', () => {
    expect(stand.errors).toEqual([]);
  });
});
