import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lab-server/base/index.ts';
import { DEPLOYMENT, JOB, POD } from '../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { KubectlStand, hasKubectl } from './kubectl-stand.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

class StillStand implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly stand: KubectlStand;

  private constructor(clock: ManualClock, stand: KubectlStand) {
    this.clock = clock;
    this.stand = stand;
  }

  static async open(nodes = 1): Promise<StillStand> {
    const clock = new ManualClock();
    return new StillStand(clock, await KubectlStand.open({ clock, nodes }));
  }

  /** Moves the cluster's time in steps small enough for one thing to happen after the other. */
  async pass(ms: number, stepMs = 500): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(stepMs);
    }
  }

  /** Moves the cluster's time in small steps until `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await this.clock.advance(20);
    }
  }

  async untilReady(deployment: string, replicas: number): Promise<void> {
    const ready = () => this.stand.cluster.client.get(DEPLOYMENT, 'default', deployment)?.status?.readyReplicas;
    while (ready() !== replicas) {
      await this.clock.advance(100);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stand[Symbol.asyncDispose]();
  }
}

function aDeployment(name: string, replicas: number, resources: object = {}, image = 'nginx') {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image, resources }] } },
    },
  };
}

function row(table: string): string[] {
  return (table.trimEnd().split('\n')[1] ?? '').split(/ {2,}/);
}

describe.skipIf(!hasKubectl())('as time passes, seen through kubectl', () => {
  it('an autoscaler first knows nothing, then shows usage and keeps to its bounds', async () => {
    await using still = await StillStand.open();
    const { stand } = still;
    stand.cluster.setMetricsServer(true);
    await stand.apply(aDeployment('web', 1, { requests: { cpu: '100m' } }));
    await still.untilReady('web', 1);
    await stand.kubectl('autoscale deployment web --min=2 --max=5 --cpu-percent=50');
    expect(row(await stand.kubectl('get hpa web')).slice(0, 6)).toEqual(['web', 'Deployment/web', 'cpu: <unknown>/50%', '2', '5', '0']);
    await still.pass(90 * SECOND);
    await still.untilReady('web', 2);
    await still.pass(40 * SECOND);
    expect(row(await stand.kubectl('get hpa web')).slice(0, 6)).toEqual([
      'web',
      'Deployment/web',
      expect.stringMatching(/^cpu: \d+%\/50%$/),
      '2',
      '5',
      '2',
    ]);
    const described = await stand.kubectl('describe hpa web');
    expect(described).toMatch(
      /Normal +SuccessfulRescale +\S+ +horizontal-pod-autoscaler +New size: 2; reason: Current number of replicas below Spec.MinReplicas/,
    );
    expect(described).toMatch(/ScalingActive +True +ValidMetricFound/);
  });

  it('an autoscaler follows the load that requests make, and kubectl top shows it', async () => {
    await using still = await StillStand.open();
    const { stand } = still;
    stand.cluster.setMetricsServer(true);
    const burner = aDeployment('burner', 1, { requests: { cpu: '200m' } }, 'registry.k8s.io/hpa-example');
    await stand.apply(burner);
    await still.untilReady('burner', 1);
    await stand.kubectl('expose deployment burner --port=80');
    await stand.kubectl('autoscale deployment burner --min=1 --max=4 --cpu-percent=50');
    const command = ['sh', '-c', 'while true; do wget -q -O- http://burner; done'];
    await stand.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'load' },
      spec: { containers: [{ name: 'load', image: 'busybox:1.36', command }] },
    });
    const size = () => stand.cluster.client.get(DEPLOYMENT, 'default', 'burner')?.spec?.replicas ?? 0;
    for (let seconds = 0; seconds < 180 && size() < 2; seconds += 1) {
      await still.pass(SECOND, 5);
    }
    expect(size()).toBeGreaterThan(1);
    expect(await stand.kubectl('top pods')).toMatch(/^NAME +CPU\(cores\) +MEMORY\(bytes\) *\n(?:.*\n)*burner-\S+ +\d{2,}m +\d+Mi/);
    expect(await stand.kubectl('top nodes')).toMatch(
      /^NAME +CPU\(cores\) +CPU\(%\) +MEMORY\(bytes\) +MEMORY\(%\) *\nminikube +\d+m +\d+% +\d+Mi +\d+%/,
    );
  });

  it('an autoscaler scales a custom resource through its scale subresource', async () => {
    await using still = await StillStand.open();
    const { stand } = still;
    stand.cluster.setMetricsServer(true);
    const schema = {
      openAPIV3Schema: {
        type: 'object',
        properties: {
          spec: { type: 'object', properties: { size: { type: 'integer' } } },
          status: { type: 'object', properties: { size: { type: 'integer' }, selector: { type: 'string' } } },
        },
      },
    };
    const scale = { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size', labelSelectorPath: '.status.selector' };
    await stand.apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'farms.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'farms', singular: 'farm', kind: 'Farm' },
        versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {}, scale } }],
      },
    });
    await stand.apply({ apiVersion: 'example.com/v1', kind: 'Farm', metadata: { name: 'north' }, spec: { size: 1 } });
    await stand.kubectl('patch farm north --subresource=status --type=merge -p {"status":{"size":1,"selector":"app=north"}}');
    await stand.apply({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'north' },
      spec: { scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Farm', name: 'north' }, minReplicas: 3, maxReplicas: 5, metrics: [] },
    });
    await still.pass(20 * SECOND);
    expect(await stand.kubectl('get farm north -o jsonpath={.spec.size}')).toBe('3');
    expect(await stand.kubectl('describe hpa north')).toContain('New size: 3; reason: Current number of replicas below Spec.MinReplicas');
  });

  it('an autoscaler says that nothing serves metrics', async () => {
    await using still = await StillStand.open();
    const { stand } = still;
    await stand.apply(aDeployment('web', 1, { requests: { cpu: '100m' } }));
    await still.untilReady('web', 1);
    await stand.kubectl('autoscale deployment web --min=1 --max=5 --cpu-percent=50');
    await still.pass(20 * SECOND);
    expect(await stand.kubectl('describe hpa web')).toMatch(
      /FailedGetResourceMetric +\S+ +horizontal-pod-autoscaler +failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource \(get pods.metrics.k8s.io\)\n/,
    );
  });

  it('a cron job starts at its minute and keeps the history it is allowed', async () => {
    await using still = await StillStand.open();
    const { stand } = still;
    await stand.kubectl('create cronjob tick --image=busybox --schedule=@hourly -- true');
    await still.pass(61 * MINUTE, 30 * SECOND);
    expect(stand.cluster.client.list(JOB).map(({ metadata }) => metadata.name)).toEqual([`tick-${Date.UTC(2026, 0, 1, 1) / MINUTE}`]);
    expect(await stand.kubectl('get cronjob tick -o jsonpath={.status.lastScheduleTime}')).toBe('2026-01-01T01:00:00Z');
  });

  it('pods of a node that was powered off move to another one', async () => {
    await using still = await StillStand.open(2);
    const { stand } = still;
    await stand.apply(aDeployment('web', 2));
    await still.untilReady('web', 2);
    stand.cluster.nodes.stopNode('minikube-m02');
    await still.pass(70 * SECOND);
    expect(await stand.kubectl('get nodes')).toMatch(/minikube +Ready .*\nminikube-m02 +NotReady /);
    expect(await stand.kubectl('describe node minikube-m02')).toMatch(
      /Taints: +node.kubernetes.io\/unreachable:NoExecute\n +node.kubernetes.io\/unreachable:NoSchedule\n/,
    );
    await still.pass(6 * MINUTE, SECOND);
    const running = stand.cluster.client.list(POD).filter(({ metadata }) => !metadata.deletionTimestamp);
    expect(running.map(({ spec }) => spec?.nodeName)).toEqual(['minikube', 'minikube']);
  });

  it('pods whose node was deleted are taken away', async () => {
    await using still = await StillStand.open(2);
    const { stand } = still;
    const node = { nodeName: 'minikube-m02', containers: [{ name: 'main', image: 'nginx' }] };
    await stand.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'stranded' }, spec: node });
    await still.until(() => stand.cluster.client.list(POD)[0]?.status?.phase === 'Running');
    stand.cluster.nodes.deleteNode('minikube-m02');
    await still.pass(70 * SECOND);
    expect(await stand.kubectl('get pods -o name')).toBe('');
  });

  it('a failing job waits longer and longer between its pods', async () => {
    await using still = await StillStand.open();
    const { stand } = still;
    await stand.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'bad', namespace: 'default' },
      spec: {
        backoffLimit: 3,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', 'exit 1'] }] } },
      },
    });
    const failed = () => stand.cluster.client.get(JOB, 'default', 'bad')?.status?.failed ?? 0;
    const counts: number[] = [];
    for (const [index, seconds] of [10, 20, 40].entries()) {
      await still.until(() => failed() === index + 1);
      await still.pass((seconds - 3) * SECOND);
      counts.push(stand.cluster.client.list(POD).length);
      await still.pass(4 * SECOND);
    }
    await still.until(() => failed() === 4);
    await still.pass(SECOND);
    expect(counts).toEqual([1, 2, 3]);
    expect(row(await stand.kubectl('get job bad')).slice(0, 3)).toEqual(['bad', 'Failed', '0/1']);
  });

  it('a finished job goes when its time to live has passed', async () => {
    await using still = await StillStand.open();
    const { stand } = still;
    await stand.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'short', namespace: 'default' },
      spec: {
        ttlSecondsAfterFinished: 60,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command: ['true'] }] } },
      },
    });
    await still.until(() => stand.cluster.client.get(JOB, 'default', 'short')?.status?.succeeded === 1);
    await still.pass(30 * SECOND);
    expect(row(await stand.kubectl('get job short'))[1]).toBe('Complete');
    await still.pass(90 * SECOND);
    expect(stand.cluster.client.list(JOB)).toEqual([]);
    expect(stand.cluster.client.list(POD)).toEqual([]);
  });
});
