// Controllers, scheduler and kubelet by what a learner sees of them through kubectl: budgets, quotas, endpoints, priorities, spread, probes, hooks.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYMENT, POD } from '../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { KubectlStand, hasKubectl } from './kubectl-stand.ts';

interface PodOptions {
  labels?: Record<string, string>;
  container?: object;
  spec?: object;
}

const LOOP = { command: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 1; done'] };

function aPod(name: string, { labels = { app: name }, container = {}, spec = {} }: PodOptions = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers: [{ name: 'main', image: 'busybox:1.36', ...LOOP, ...container }], terminationGracePeriodSeconds: 1, ...spec },
  };
}

function aDeployment(name: string, replicas: number, spec: object = {}, container: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'busybox:1.36', ...LOOP, ...container }], terminationGracePeriodSeconds: 1, ...spec },
      },
    },
  };
}

describe.skipIf(!hasKubectl())('the upkeep of a cluster, through kubectl', () => {
  let stand: KubectlStand;
  const budget = () =>
    stand.cluster.client.list({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' })[0]?.status as
      | { disruptionsAllowed?: number }
      | undefined;
  const podsOf = (app: string) => stand.cluster.client.list(POD, { selector: { matchLabels: { app } } });
  const ready = (name: string, replicas: number) => () =>
    stand.cluster.client.get(DEPLOYMENT, 'default', name)?.status?.readyReplicas === replicas;
  beforeAll(async () => {
    stand = await KubectlStand.open({ nodes: 3 });
    await stand.until(() => stand.cluster.client.get({ apiVersion: 'v1', kind: 'ServiceAccount' }, 'default', 'default') !== undefined);
    await stand.kubectl('label node minikube zone=a');
    await stand.kubectl('label node minikube-m02 minikube-m03 zone=b');
  });
  afterAll(() => stand[Symbol.asyncDispose]());

  it('spreads pods over zones and keeps apart what must not be together', async () => {
    const constraint = {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'spread' } },
    };
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'apart' } } };
    await stand.apply(
      aDeployment('spread', 4, { topologySpreadConstraints: [constraint] }),
      aDeployment('apart', 4, { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }),
    );
    await stand.until(ready('spread', 4));
    const inZoneA = podsOf('spread').filter(({ spec }) => spec?.nodeName === 'minikube');
    expect(inZoneA.length).toBe(2);
    await stand.until(() => podsOf('apart').some(({ status }) => status?.conditions?.some(({ reason }) => reason === 'Unschedulable')));
    await stand.until(ready('apart', 3));
    const left = podsOf('apart').find(({ spec }) => !spec?.nodeName);
    expect(await stand.kubectl(`describe pod ${left?.metadata.name}`)).toContain(
      "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.",
    );
    await stand.kubectl('delete deployment spread apart');
  });

  it('drains a node as far as budgets allow', async () => {
    await stand.apply(aDeployment('guarded', 2, { nodeSelector: { zone: 'b' } }));
    await stand.until(ready('guarded', 2));
    await stand.kubectl('create poddisruptionbudget guarded --selector=app=guarded --min-available=2');
    await stand.until(() =>
      stand.cluster.client.list({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }).some(({ status }) => status),
    );
    const node = podsOf('guarded')[0]?.spec?.nodeName ?? '';
    const refused = await stand.try(`drain ${node} --ignore-daemonsets --timeout=1s`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
    await stand.kubectl('patch pdb guarded -p {"spec":{"minAvailable":1}}');
    await stand.until(() => budget()?.disruptionsAllowed === 1);
    expect(await stand.kubectl(`drain ${node} --ignore-daemonsets --timeout=25s`)).toContain(`node/${node} drained`);
    expect(podsOf('guarded').some(({ spec }) => spec?.nodeName === node)).toBe(false);
    await stand.kubectl(`uncordon ${node}`);
    await stand.kubectl('delete deployment/guarded pdb/guarded');
  });

  it('puts out a pod of less importance for one of more', async () => {
    await stand.kubectl('create priorityclass vital --value=1000');
    const container = { resources: { requests: { cpu: '1500m' } } };
    await stand.apply(...['x', 'y', 'z'].map((name) => aPod(`low-${name}`, { labels: { app: 'low' }, container })));
    await stand.kubectl('wait --for=condition=Ready pod -l app=low --timeout=20s');
    await stand.apply(aPod('high', { container, spec: { priorityClassName: 'vital' } }));
    await stand.kubectl('wait --for=condition=Ready pod/high --timeout=20s');
    expect(podsOf('low').length).toBe(2);
    expect(await stand.kubectl('get events --field-selector=reason=Preempted -o jsonpath={.items[*].message}')).toMatch(
      /^Preempted by pod \S+ on node minikube/,
    );
    await stand.kubectl('delete pod --all --now');
  });

  it('counts what a quota counts, and refuses what would pass it', async () => {
    await stand.kubectl('create namespace small');
    await stand.kubectl('create quota small -n small --hard=configmaps=2,count/deployments.apps=1');
    await stand.until(() =>
      stand.cluster.client
        .list({ apiVersion: 'v1', kind: 'ResourceQuota' })
        .some(({ status }) => (status as { used?: object } | undefined)?.used),
    );
    await stand.kubectl('create configmap one -n small');
    const refused = await stand.try('create configmap two -n small');
    expect(refused.stderr).toBe(
      'error: failed to create configmap: configmaps "two" is forbidden: exceeded quota: small, requested: configmaps=1, used: configmaps=2, limited: configmaps=2\n',
    );
    await stand.kubectl('delete configmap one -n small');
    await stand.kubectl('create configmap two -n small');
    expect(await stand.kubectl('describe quota small -n small')).toMatch(/configmaps +2 +2\ncount\/deployments.apps +0 +1/);
  });

  it('keeps endpoints and their slices in step with what is ready', async () => {
    const container = { readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 1 } };
    await stand.apply(aPod('probed', { container }), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'probed' },
      spec: { selector: { app: 'probed' }, ports: [{ name: 'web', port: 80, targetPort: 8080 }] },
    });
    await stand.until(() => podsOf('probed')[0]?.status?.phase === 'Running');
    expect(await stand.kubectl('get endpoints probed --no-headers')).toMatch(/^probed +\d+s/);
    await stand.kubectl('exec probed -- touch /tmp/ready');
    await stand.kubectl('wait --for=condition=Ready pod/probed --timeout=10s');
    const address = podsOf('probed')[0]?.status?.podIP ?? '';
    await stand.until(() =>
      JSON.stringify(stand.cluster.client.get({ apiVersion: 'v1', kind: 'Endpoints' }, 'default', 'probed')).includes(address),
    );
    expect(await stand.kubectl('get endpoints probed --no-headers')).toContain(`${address}:8080`);
    expect(await stand.kubectl('get endpointslices -l kubernetes.io/service-name=probed --no-headers')).toMatch(
      new RegExp(`^probed-\\S+ +IPv4 +8080 +${address} `),
    );
    await stand.kubectl('delete pod/probed service/probed --now');
  });

  it('starts init containers and sidecars in order, and restarts what its liveness probe condemns', async () => {
    const initContainers = [
      {
        name: 'first',
        image: 'busybox:1.36',
        command: ['sh', '-c', 'echo init > /work/order'],
        volumeMounts: [{ name: 'work', mountPath: '/work' }],
      },
      { name: 'beside', image: 'busybox:1.36', restartPolicy: 'Always', ...LOOP, volumeMounts: [{ name: 'work', mountPath: '/work' }] },
    ];
    const container = {
      command: ['sh', '-c', 'touch /tmp/well; while true; do sleep 1; done'],
      volumeMounts: [{ name: 'work', mountPath: '/work' }],
      livenessProbe: { exec: { command: ['test', '-e', '/tmp/well'] }, periodSeconds: 1, failureThreshold: 1 },
      lifecycle: { postStart: { exec: { command: ['sh', '-c', 'echo started >> /work/order'] } } },
    };
    await stand.apply(aPod('ordered', { container, spec: { initContainers, volumes: [{ name: 'work', emptyDir: {} }] } }));
    await stand.kubectl('wait --for=condition=Ready pod/ordered --timeout=20s');
    expect(await stand.kubectl('exec ordered -c main -- cat /work/order')).toBe('init\nstarted\n');
    expect(await stand.kubectl('get pod ordered --no-headers')).toMatch(/^ordered +2\/2 +Running +0 /);
    await stand.kubectl('exec ordered -c main -- rm /tmp/well');
    await stand.until(() => podsOf('ordered')[0]?.status?.containerStatuses?.[0]?.restartCount === 1);
    expect(await stand.kubectl('describe pod ordered')).toMatch(/Container main failed liveness probe, will be restarted/);
    await stand.kubectl('delete pod ordered --now');
  });

  it('ends a pod by its hook and within its grace, and one that takes too much memory at once', async () => {
    const container = { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo bye > /proc/1/fd/1'] } } } };
    await stand.apply(
      aPod('leaving', { container }),
      aPod('hog', {
        container: { command: ['sh', '-c', 'tail /dev/zero'], resources: { limits: { memory: '20Mi' } } },
        spec: { restartPolicy: 'Never' },
      }),
    );
    await stand.kubectl('wait --for=condition=Ready pod/leaving --timeout=20s');
    await stand.kubectl('delete pod leaving --wait=true');
    await stand.until(() => podsOf('hog')[0]?.status?.phase === 'Failed');
    expect(podsOf('hog')[0]?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
    expect(await stand.kubectl('get pod hog --no-headers')).toMatch(/^hog +0\/1 +OOMKilled /);
  });

  it('keeps the time zone of a cron job, and refuses one that there is not', async () => {
    const aCronJob = (timeZone: string) => ({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'zoned' },
      spec: {
        schedule: '0 9 * * *',
        timeZone,
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.36' }] } } } },
      },
    });
    await stand.apply(aCronJob('Europe/Berlin'));
    expect(await stand.kubectl('get cronjob zoned --no-headers')).toMatch(/^zoned +0 9 \* \* \* +Europe\/Berlin +False +0 +<none> /);
    const refused = await stand.try('apply -f -', JSON.stringify(aCronJob('Mars/Olympus')));
    expect(refused.stderr).toContain('spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus');
  });

  it('none of that was unexpected', () => {
    expect(stand.errors).toEqual([]);
  });
});
