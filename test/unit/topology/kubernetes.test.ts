import { expect, test } from 'vitest';
import { drawKubernetes } from '../../../lab-server/topology/kubernetes.ts';

type Document = Record<string, unknown>;
const controlledBy = (kind: string, name: string) => [{ kind, name, uid: `uid-${name}`, controller: true }];
const meta = (name: string, more: Document = {}): Document => ({ name, namespace: 'default', uid: `uid-${name}`, ...more });

const deployment = (revision: string): Document => ({
  metadata: meta('web', { annotations: { 'deployment.kubernetes.io/revision': revision } }),
  spec: { replicas: 2 },
});
const replicaSet = (name: string, revision: string, replicas: number): Document => ({
  metadata: meta(name, {
    annotations: { 'deployment.kubernetes.io/revision': revision },
    ownerReferences: controlledBy('Deployment', 'web'),
  }),
  spec: { replicas },
});
const readyPod = (name: string, owner: string, more: Document = {}): Document => ({
  metadata: meta(name, { ownerReferences: controlledBy('ReplicaSet', owner), ...more }),
  spec: { nodeName: 'minikube' },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [{ restartCount: 2, state: {} }] },
});
const waitingPod = (reason: string): Document => ({
  metadata: meta('web-b-1', { ownerReferences: controlledBy('ReplicaSet', 'web-b') }),
  spec: { nodeName: 'minikube' },
  status: { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason } } }] },
});
const draw = (documents: Record<string, Document[]>) => drawKubernetes(new Map(Object.entries(documents)));

test('a rolling update shows old and new pods in one group, and which are of the wanted revision', () => {
  const picture = draw({
    Deployment: [deployment('2')],
    ReplicaSet: [replicaSet('web-a', '1', 1), replicaSet('web-b', '2', 1)],
    Pod: [readyPod('web-a-1', 'web-a'), waitingPod('ContainerCreating')],
    Node: [{ metadata: { name: 'minikube' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } }],
  });
  expect(picture.groups).toMatchObject([{ kind: 'Deployment', name: 'web', wanted: 2, ready: 1 }]);
  expect(picture.units).toMatchObject([
    { name: 'web-a-1', revision: '1', current: false, state: 'ready', restarts: 2, host: 'minikube', group: 'uid-web' },
    { name: 'web-b-1', revision: '2', current: true, state: 'starting', words: 'ContainerCreating', group: 'uid-web' },
  ]);
});

test.each([
  ['CrashLoopBackOff', 'failing'],
  ['ImagePullBackOff', 'failing'],
  ['ErrImagePull', 'failing'],
  ['CreateContainerConfigError', 'failing'],
  ['PodInitializing', 'starting'],
])('a pod that waits with %s is %s', (reason, state) => {
  expect(draw({ Pod: [waitingPod(reason)] }).units).toMatchObject([{ state, words: reason }]);
});

test('a pod that is being deleted is ending, whatever else it says', () => {
  expect(draw({ Pod: [readyPod('a', 'x', { deletionTimestamp: '2026-11-25T00:00:00Z' })] }).units[0]).toMatchObject({
    state: 'ending',
    words: 'Terminating',
  });
});

test('a pod without a node waits, with the scheduler’s reason', () => {
  const pod = {
    metadata: meta('a'),
    status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
  };
  const picture = draw({ Pod: [pod] });
  expect(picture.units).toMatchObject([{ state: 'waiting', words: 'Unschedulable', host: null }]);
  expect(picture.groups, 'pods that nobody keeps stand together').toMatchObject([{ kind: 'Pods', wanted: null }]);
});

test('a Service serves the ready pods of its slices and withholds traffic from the others', () => {
  const picture = draw({
    Pod: [readyPod('a', 'x'), readyPod('b', 'x')],
    Service: [
      { metadata: meta('kubernetes'), spec: { clusterIP: '10.96.0.1' } },
      { metadata: meta('front'), spec: { type: 'LoadBalancer', clusterIP: '10.96.4.4', ports: [{ port: 80 }] } },
    ],
    EndpointSlice: [
      {
        metadata: meta('front-x', { labels: { 'kubernetes.io/service-name': 'front' } }),
        endpoints: [
          { conditions: { ready: true }, targetRef: { kind: 'Pod', uid: 'uid-a' } },
          { conditions: { ready: false }, targetRef: { kind: 'Pod', uid: 'uid-b' } },
        ],
      },
    ],
    Ingress: [
      { metadata: meta('shop'), spec: { rules: [{ host: 'shop.test', http: { paths: [{ backend: { service: { name: 'front' } } }] } }] } },
    ],
  });
  expect(picture.entries).toMatchObject([
    { kind: 'Ingress', address: 'shop.test', through: ['uid-front'] },
    { kind: 'Service, LoadBalancer', address: '10.96.4.4:80, external address pending', serves: ['uid-a'], withholds: ['uid-b'] },
  ]);
});

test('what Kubernetes runs for itself, and sets of old revisions, are left out', () => {
  const picture = draw({
    Pod: [{ metadata: { name: 'coredns', namespace: 'kube-system', uid: 'dns' } }],
    ReplicaSet: [{ metadata: meta('old'), spec: { replicas: 0 } }],
  });
  expect(picture.units).toEqual([]);
  expect(picture.groups).toEqual([]);
});

test('of very many pods the first 200 are drawn and the rest are counted', () => {
  const many = Array.from({ length: 230 }, (_, index) => readyPod(`p-${index}`, 'x'));
  const picture = draw({ Pod: many });
  expect(picture.units).toHaveLength(200);
  expect(picture.hidden).toBe(30);
});
