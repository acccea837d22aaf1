import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIG_MAP, DEPLOYMENT, JOB, POD, REPLICA_SET } from '../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { KubectlStand, hasKubectl } from './kubectl-stand.ts';

const podTemplate = (app: string, image: string, extra: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image }], ...extra },
});

describe.skipIf(!hasKubectl())('workloads through kubectl', () => {
  let stand: KubectlStand;
  beforeAll(async () => {
    stand = await KubectlStand.open({ nodes: 2 });
  });
  afterAll(async () => {
    await stand[Symbol.asyncDispose]();
  });

  it('rolls a deployment out, shows its history, goes back, pauses, resumes and restarts', async () => {
    await stand.kubectl('create deployment web --image=nginx:latest --replicas=3 --port=80');
    expect(await stand.kubectl('rollout status deployment/web')).toContain('deployment "web" successfully rolled out');
    await stand.kubectl('set image deployment/web nginx=nginx:1.25');
    await stand.kubectl('rollout status deployment/web');
    await stand.kubectl('annotate deployment/web kubernetes.io/change-cause=new');
    expect(await stand.kubectl('rollout history deployment/web')).toBe(
      'deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         new\n\n',
    );
    await stand.kubectl('rollout undo deployment/web');
    await stand.kubectl('rollout status deployment/web');
    expect(await stand.kubectl('get deploy web -o jsonpath={.spec.template.spec.containers[0].image}')).toBe('nginx:latest');
    expect(await stand.kubectl('rollout history deployment/web')).toMatch(/\n2 +new\n3 +<none>\n/);
    await stand.kubectl('rollout pause deployment/web');
    await stand.kubectl('set image deployment/web nginx=nginx:1.26');
    expect((await stand.kubectl('get deploy web')).split('\n')[1]).toMatch(/^web +3\/3 +0 +3 /);
    await stand.kubectl('rollout resume deployment/web');
    await stand.kubectl('rollout status deployment/web');
    await stand.kubectl('rollout restart deployment/web');
    await stand.kubectl('rollout status deployment/web');
    expect(await stand.kubectl('describe deployment web')).toMatch(/NewReplicaSet: +web-\w+ \(3\/3 replicas created\)/);
  });

  it('tells in kubectl describe what happened to a deployment', async () => {
    await stand.kubectl('create deployment told --image=nginx --replicas=2');
    await stand.kubectl('rollout status deployment/told');
    await stand.kubectl('scale deployment told --replicas=1');
    const described = await stand.kubectl('describe deployment told');
    expect(described).toMatch(/Normal +ScalingReplicaSet +\S+ +deployment-controller +Scaled up replica set told-\w+ from 0 to 2\n/);
    expect(described).toMatch(/Normal +ScalingReplicaSet +\S+ +deployment-controller +Scaled down replica set told-\w+ from 2 to 1\n/);
  });

  it('deletes dependents with their owner, before it, or not at all, as --cascade says', async () => {
    const sets = (name: string) => stand.cluster.client.list(REPLICA_SET).filter(({ metadata }) => metadata.labels?.['app'] === name);
    for (const name of ['back', 'fore', 'orphan']) {
      await stand.kubectl(`create deployment ${name} --image=nginx`);
      await stand.kubectl(`rollout status deployment/${name}`);
    }
    await stand.kubectl('delete deployment back');
    await stand.kubectl('delete deployment fore --cascade=foreground');
    expect(sets('fore')).toEqual([]);
    await stand.kubectl('delete deployment orphan --cascade=orphan');
    await stand.until(() => sets('orphan')[0]?.metadata.ownerReferences === undefined);
    await stand.until(() => sets('back').length === 0);
    expect(stand.cluster.client.list(POD).filter(({ metadata }) => metadata.labels?.['app'] === 'orphan')).toHaveLength(1);
    await stand.kubectl('delete rs -l app=orphan');
  });

  it('keeps stateful sets in order, with a claim for each pod that outlives it', async () => {
    await stand.apply({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'default' },
      spec: {
        serviceName: 'db',
        replicas: 2,
        selector: { matchLabels: { app: 'db' } },
        template: podTemplate('db', 'nginx', {
          containers: [{ name: 'main', image: 'nginx', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        }),
        volumeClaimTemplates: [
          { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
        ],
      },
    });
    expect(await stand.kubectl('rollout status statefulset/db')).toContain(
      'partitioned roll out complete: 2 new pods have been updated...',
    );
    expect(await stand.kubectl('get pods -l app=db -o name')).toBe('pod/db-0\npod/db-1\n');
    expect((await stand.kubectl('get pvc')).split('\n')[1]).toMatch(/^data-db-0 +Bound +pvc-\S+ +1Gi +RWO +standard/);
    await stand.kubectl('set image statefulset/db main=nginx:1.25');
    await stand.kubectl('rollout status statefulset/db');
    expect(await stand.kubectl('rollout history statefulset/db')).toMatch(/REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n/);
    await stand.kubectl('rollout undo statefulset/db');
    await stand.kubectl('rollout status statefulset/db');
    expect(await stand.kubectl('get sts db -o jsonpath={.spec.template.spec.containers[0].image}')).toBe('nginx');
    await stand.kubectl('delete statefulset db');
    expect(await stand.kubectl('get pvc -o name')).toContain('persistentvolumeclaim/data-db-1');
  });

  it('keeps a claim that a pod uses until the pod is gone', async () => {
    await stand.apply(
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'kept', namespace: 'default' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'user', namespace: 'default' },
        spec: {
          containers: [{ name: 'main', image: 'nginx', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'kept' } }],
        },
      },
    );
    await stand.kubectl('wait --for=condition=Ready pod/user');
    await stand.kubectl('delete pvc kept --wait=false');
    expect((await stand.kubectl('get pvc kept')).split('\n')[1]).toMatch(/^kept +Terminating /);
    await stand.kubectl('delete pod user --now');
    await stand.kubectl('wait --for=delete pvc/kept');
    expect((await stand.try('get pvc kept')).stderr).toBe('Error from server (NotFound): persistentvolumeclaims "kept" not found\n');
  });

  it('runs a daemon set on every node', async () => {
    await stand.apply({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: 'default' },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: podTemplate('agent', 'nginx') },
    });
    expect(await stand.kubectl('rollout status daemonset/agent')).toContain('daemon set "agent" successfully rolled out');
    expect((await stand.kubectl('get ds agent')).split('\n')[1]).toMatch(/^agent +2 +2 +2 +2 +2 +<none>/);
    await stand.kubectl('set image daemonset/agent main=nginx:1.25');
    await stand.kubectl('rollout status daemonset/agent');
    expect(await stand.kubectl('rollout history daemonset/agent')).toMatch(/1 +<none>\n2 +<none>\n/);
  });

  it('runs jobs to completion or failure, and counts their pods', async () => {
    await stand.kubectl('create job good --image=busybox -- echo done');
    await stand.kubectl('wait --for=condition=Complete job/good');
    expect(await stand.kubectl('logs job/good')).toBe('done\n');
    expect((await stand.kubectl('get job good')).split('\n')[1]).toMatch(/^good +Complete +1\/1 /);
    await stand.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'bad', namespace: 'default' },
      spec: {
        backoffLimit: 0,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', 'exit 3'] }] } },
      },
    });
    await stand.kubectl('wait --for=condition=Failed job/bad');
    const described = await stand.kubectl('describe job bad');
    expect(described).toMatch(/Pods Statuses: +0 Active \(0 Ready\) \/ 0 Succeeded \/ 1 Failed\n/);
    expect(described).toMatch(/Warning +BackoffLimitExceeded +\S+ +job-controller +Job has reached the specified backoff limit\n/);
    await stand.kubectl('delete job good bad');
    await stand.until(() => stand.cluster.client.list(POD).every(({ metadata }) => !metadata.labels?.['job-name']));
  });

  it('starts a job by hand from a cron job', async () => {
    await stand.kubectl('create cronjob tick --image=busybox --schedule=@yearly -- echo tick');
    await stand.kubectl('create job manual --from=cronjob/tick');
    await stand.kubectl('wait --for=condition=Complete job/manual');
    expect(stand.cluster.client.get(JOB, 'default', 'manual')?.metadata.ownerReferences?.[0]?.kind).toBe('CronJob');
    await stand.kubectl('delete cronjob tick');
    await stand.until(() => stand.cluster.client.get(JOB, 'default', 'manual') === undefined);
  });

  it('removes a namespace with everything in it', async () => {
    await stand.kubectl('create namespace gone');
    await stand.kubectl('create deployment web --image=nginx -n gone');
    await stand.kubectl('create configmap settings --from-literal=a=b -n gone');
    await stand.kubectl('rollout status deployment/web -n gone');
    await stand.kubectl('delete namespace gone');
    expect(stand.cluster.client.list(DEPLOYMENT, { namespace: 'gone' })).toEqual([]);
    expect(stand.cluster.client.list(CONFIG_MAP, { namespace: 'gone' })).toEqual([]);
    expect(await stand.kubectl('get namespaces -o name')).not.toContain('gone');
  });

  it('does all of this without an error that nothing expected', () => {
    expect(stand.errors).toEqual([]);
  });
});
