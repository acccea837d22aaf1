import { expect, it } from 'vitest';
import type { Pod } from '../../../lab-server/embedded/kubernetes/types.ts';
import { aPod, hasKubectl, NodeStand } from './node-stand.ts';

const SECOND = 'minikube-m02';
const LOOP = { command: ['sh', '-c', 'while true; do sleep 1; done'] };

it.skipIf(!hasKubectl)(
  'a node that was powered off stays off when the server restarts, and restarts its containers when it is powered on',
  async () => {
    await using stand = await NodeStand.open({ nodes: 2 });
    await stand.apply(aPod('box', LOOP, { nodeName: SECOND }));
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/box', '--timeout=20s');
    stand.cluster.nodes.stopNode(SECOND);
    await stand.restart();
    expect(stand.cluster.nodes.kubelets().map(({ node }) => node)).toEqual(['minikube']);

    stand.cluster.nodes.startNode(SECOND);
    const restarts = async () => (await stand.json<Pod>('get', 'pod', 'box')).status?.containerStatuses?.[0];
    await expect.poll(restarts, { timeout: 15_000 }).toMatchObject({ restartCount: 1, ready: true });
    expect(stand.errors).toEqual([]);
  },
);

it.skipIf(!hasKubectl)('a node of the name of one that is gone has an empty disk, and is on after a restart of the server', async () => {
  await using stand = await NodeStand.open({ nodes: 2 });
  const disk = { volumes: [{ name: 'disk', hostPath: { path: '/var/lib/kept' } }], nodeName: SECOND };
  const writer = { command: ['sh', '-c', 'echo old > /disk/note; sleep 3600'], volumeMounts: [{ name: 'disk', mountPath: '/disk' }] };
  await stand.apply(aPod('writer', writer, disk));
  await stand.kubectl('wait', '--for=condition=Ready', 'pod/writer', '--timeout=20s');
  await stand.restart();
  await stand.kubectl('delete', 'pod', 'writer', '--now');
  stand.cluster.nodes.stopNode(SECOND);
  stand.cluster.nodes.deleteNode(SECOND);
  expect(stand.cluster.nodes.add()).toBe(SECOND);
  await stand.restart();
  expect(stand.cluster.nodes.machines().map(({ isRunning }) => isRunning)).toEqual([true, true]);
  await stand.apply(aPod('reader', { ...writer, command: ['sleep', '3600'] }, disk));
  await stand.kubectl('wait', '--for=condition=Ready', 'pod/reader', '--timeout=20s');
  expect((await stand.run(['exec', 'reader', '--', 'ls', '/disk'])).stdout).toBe('');
  expect(stand.errors).toEqual([]);
});

it.skipIf(!hasKubectl)(
  'files and logs of containers, their volumes and the disk of the node are there after a restart of the server',
  async () => {
    await using stand = await NodeStand.open();
    await stand.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } },
    });
    const volumeMounts = [
      { name: 'data', mountPath: '/data' },
      { name: 'scratch', mountPath: '/scratch' },
      { name: 'disk', mountPath: '/disk' },
    ];
    const volumes = [
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'scratch', emptyDir: {} },
      { name: 'disk', hostPath: { path: '/var/lib/kept' } },
    ];
    await stand.apply(aPod('box', { command: ['sh', '-c', 'echo first start; while true; do sleep 1; done'], volumeMounts }, { volumes }));
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/box', '--timeout=20s');
    const write =
      'for at in /root /data /scratch /disk; do echo "kept in $at" > $at/note; done; rm /etc/group; chmod 600 /root/note; ln -s note /root/link';
    await stand.kubectl('exec', 'box', '--', 'sh', '-c', write);
    const before = await stand.json<Pod>('get', 'pod', 'box');

    await stand.restart();
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/box', '--timeout=20s');
    const read = 'cat /root/link /data/note /scratch/note /disk/note; ls -l /root/note | cut -c1-10; ls /etc/group';
    await expect
      .poll(() => stand.run(['exec', 'box', '--', 'sh', '-c', read]), { timeout: 10_000 })
      .toMatchObject({
        stdout: 'kept in /root\nkept in /data\nkept in /scratch\nkept in /disk\n-rw-------\n',
        stderr: expect.stringContaining('/etc/group: No such file or directory'),
      });
    expect(await stand.kubectl('logs', 'box')).toBe('first start\nfirst start\n');
    expect(await stand.json<Pod>('get', 'pod', 'box')).toEqual(before);

    // A machine that is switched off keeps its disk, and nothing else.
    stand.cluster.nodes.stopNode('minikube');
    stand.cluster.nodes.startNode('minikube');
    const seen = () => stand.run(['exec', 'box', '--', 'sh', '-c', 'cat /data/note /disk/note; ls /root /scratch']);
    await expect.poll(seen, { timeout: 10_000 }).toMatchObject({ stdout: 'kept in /data\nkept in /disk\n/root:\n\n/scratch:\n' });
    expect(stand.errors).toEqual([]);
  },
);
