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
