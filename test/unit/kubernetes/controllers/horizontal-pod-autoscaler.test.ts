import { describe, expect, it } from 'vitest';
import type { MetricsSource } from '../../../../lab-server/embedded/kubernetes/controllers/autoscaling/metrics.ts';
import { newPaceMemory, pace, rememberScaling } from '../../../../lab-server/embedded/kubernetes/controllers/autoscaling/pace.ts';
import { deploymentController } from '../../../../lab-server/embedded/kubernetes/controllers/deployment.ts';
import { horizontalPodAutoscalerController } from '../../../../lab-server/embedded/kubernetes/controllers/horizontal-pod-autoscaler.ts';
import { DEPLOYMENT, HORIZONTAL_POD_AUTOSCALER, POD } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { replicaSetController } from '../../../../lab-server/embedded/kubernetes/controllers/replicaset.ts';
import { aDeployment, aTemplate } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

function anAutoscaler(spec: object = {}) {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
      ...spec,
    },
  };
}

interface Load {
  millicores: number | undefined;
}

/** A deployment whose pods share a load, each requesting 200m. */
function start(load: Load, spec: object = {}, replicas = 1, requests: object = { cpu: '200m' }): TestCluster {
  const metrics: MetricsSource = {
    podMetrics: (namespace) => {
      const running = cluster.client.list(POD, { namespace });
      return load.millicores === undefined
        ? []
        : running.map(({ metadata }) => ({
            pod: metadata.name,
            timestamp: cluster.clock.now(),
            windowMs: 15_000,
            containers: [{ name: 'main', cpuMillicores: (load.millicores ?? 0) / running.length, memoryBytes: 1 }],
          }));
    },
  };
  const cluster: TestCluster = new TestCluster({
    controllers: [deploymentController, replicaSetController, horizontalPodAutoscalerController(metrics)],
  });
  const template = aTemplate('web');
  const containers = template.spec.containers.map((container) => ({ ...container, resources: { requests } }));
  cluster.client.create(DEPLOYMENT, aDeployment({ replicas, template: { ...template, spec: { containers } } as never }));
  cluster.client.create(HORIZONTAL_POD_AUTOSCALER, anAutoscaler(spec));
  return cluster;
}

function sizeOf(cluster: TestCluster): number | undefined {
  return cluster.client.get(DEPLOYMENT, 'default', 'web')?.spec?.replicas;
}

function conditions(cluster: TestCluster): string[] {
  const { status } = cluster.client.get(HORIZONTAL_POD_AUTOSCALER, 'default', 'web') ?? {};
  return (status?.conditions ?? []).map((condition) => `${condition.type}=${condition.status} ${condition.reason}`);
}

describe('an autoscaler', () => {
  it('takes its first turn after 15 seconds and reports what it saw', async () => {
    using cluster = start({ millicores: 100 });
    await cluster.run(14_000, 1000);
    expect(cluster.client.get(HORIZONTAL_POD_AUTOSCALER, 'default', 'web')?.status).toBeUndefined();
    await cluster.run(20_000, 1000);
    expect(cluster.client.get(HORIZONTAL_POD_AUTOSCALER, 'default', 'web')?.status).toMatchObject({
      currentReplicas: 1,
      desiredReplicas: 1,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 50, averageValue: '100m' } } }],
    });
    expect(conditions(cluster)).toEqual([
      'AbleToScale=True ReadyForNewScale',
      'ScalingActive=True ValidMetricFound',
      'ScalingLimited=False DesiredWithinRange',
    ]);
  });

  it('scales up to bring usage down to its target, at most to four or twice the size in one step', async () => {
    using cluster = start({ millicores: 900 });
    await cluster.run(20_000, 1000);
    expect(sizeOf(cluster)).toBe(4);
    expect(cluster.events()).toContain(
      'SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target',
    );
    expect(conditions(cluster)).toContain('ScalingLimited=True ScaleUpLimit');
    await cluster.run(60_000, 1000);
    expect(sizeOf(cluster)).toBe(9);
  });

  it('never goes beyond maxReplicas, and says so', async () => {
    using cluster = start({ millicores: 5000 }, { maxReplicas: 3 });
    await cluster.run(60_000, 1000);
    expect(sizeOf(cluster)).toBe(3);
    expect(conditions(cluster)).toContain('ScalingLimited=True TooManyReplicas');
  });

  it('waits five minutes before it scales down', async () => {
    const load: Load = { millicores: 400 };
    using cluster = start(load, {}, 4);
    await cluster.run(60_000, 1000);
    load.millicores = 50;
    await cluster.run(240_000, 5000);
    expect(sizeOf(cluster)).toBe(4);
    expect(conditions(cluster)).toContain('AbleToScale=True ScaleDownStabilized');
    await cluster.run(120_000, 5000);
    expect(sizeOf(cluster)).toBe(1);
    expect(cluster.events()).toContain('SuccessfulRescale: New size: 1; reason: All metrics below target');
  });

  it('stays where usage is within a tenth of the target', async () => {
    using cluster = start({ millicores: 215 }, {}, 2);
    await cluster.run(120_000, 5000);
    expect(sizeOf(cluster)).toBe(2);
  });

  it('brings a workload into its bounds without asking metrics', async () => {
    using cluster = start({ millicores: undefined }, { minReplicas: 2 });
    await cluster.run(20_000, 1000);
    expect(sizeOf(cluster)).toBe(2);
    expect(cluster.events()).toContain('SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas');
  });

  it('says why it cannot tell: no metrics', async () => {
    using cluster = start({ millicores: undefined });
    await cluster.run(20_000, 1000);
    expect(conditions(cluster)).toContain('ScalingActive=False FailedGetResourceMetric');
    expect(cluster.events()).toContain(
      'FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    );
  });

  it('says why it cannot tell: no request', async () => {
    using cluster = start({ millicores: 100 }, {}, 1, {});
    await cluster.run(20_000, 1000);
    const pod = cluster.pods()[0]?.metadata.name;
    expect(cluster.events()).toContain(
      `FailedGetResourceMetric: failed to get cpu utilization: missing request for cpu in container main of Pod ${pod}`,
    );
  });

  it.each([
    [
      'Pods',
      { pods: { metric: { name: 'hits' }, target: { type: 'AverageValue', averageValue: '10' } } },
      'unable to get metric hits: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered',
      'failed to get pods metric value: ',
    ],
    [
      'Object',
      {
        object: {
          metric: { name: 'hits' },
          describedObject: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'front' },
          target: { type: 'Value', value: '10' },
        },
      },
      'unable to get metric hits: Ingress on default front/unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered',
      'failed to get object metric value: ',
    ],
    [
      'External',
      {
        external: { metric: { name: 'queue', selector: { matchLabels: { q: 'a' } } }, target: { type: 'AverageValue', averageValue: '5' } },
      },
      'unable to get external metric default/queue/&LabelSelector{MatchLabels:map[string]string{q: a,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: no external metrics API (external.metrics.k8s.io) registered',
      'failed to get queue external metric value: ',
    ],
  ])('says why it cannot tell: nothing serves %s metrics', async (type, source, why, prefix) => {
    using cluster = start({ millicores: 100 }, { metrics: [{ type, ...source }] });
    await cluster.run(20_000, 1000);
    expect(conditions(cluster)).toContain(`ScalingActive=False FailedGet${type}Metric`);
    expect(cluster.events()).toContain(`FailedGet${type}Metric: ${why}`);
    expect(cluster.events()).toContain(
      `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: ${prefix}${why}`,
    );
    expect(sizeOf(cluster)).toBe(1);
  });

  it('grows on the metrics that it has, and does not shrink while one is missing', async () => {
    const load: Load = { millicores: 900 };
    const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } };
    const hits = { type: 'Pods', pods: { metric: { name: 'hits' }, target: { type: 'AverageValue', averageValue: '10' } } };
    using cluster = start(load, { metrics: [hits, cpu] });
    await cluster.run(20_000, 1000);
    expect(sizeOf(cluster)).toBe(4);
    expect(cluster.client.get(HORIZONTAL_POD_AUTOSCALER, 'default', 'web')?.status?.currentMetrics).toMatchObject([
      { type: '' },
      { type: 'Resource' },
    ]);
    load.millicores = 10;
    await cluster.run(600_000, 5000);
    expect(sizeOf(cluster)).toBeGreaterThanOrEqual(4);
  });

  it('says when its target does not exist', async () => {
    using cluster = start({ millicores: 100 }, { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nothing' } });
    await cluster.run(20_000, 1000);
    expect(conditions(cluster)).toEqual(['AbleToScale=False FailedGetScale']);
    expect(cluster.events()).toContain('FailedGetScale: deployments.apps "nothing" not found');
  });

  it('says when its target is of a kind that is not served', async () => {
    using cluster = start({ millicores: 100 }, { scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Farm', name: 'web' } });
    await cluster.run(20_000, 1000);
    expect(cluster.events()).toContain('FailedGetScale: no matches for kind "Farm" in group "example.com"');
  });
});

describe('the pace of scaling', () => {
  const behavior = {
    scaleUp: { policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }], selectPolicy: 'Max', stabilizationWindowSeconds: 0 },
    scaleDown: { policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }], selectPolicy: 'Max', stabilizationWindowSeconds: 0 },
  };

  it('follows policies: so many pods, or such a share, in a period', () => {
    const memory = newPaceMemory();
    const request = { current: 4, wanted: 10, min: 1, max: 20, behavior, now: 0 };
    expect(pace(request, memory)).toMatchObject({ replicas: 6 });
    rememberScaling(memory, 4, 6, 0);
    expect(pace({ ...request, current: 6, now: 30_000 }, memory)).toMatchObject({ replicas: 6 });
    expect(pace({ ...request, current: 6, now: 61_000 }, memory)).toMatchObject({ replicas: 8 });
    expect(pace({ ...request, current: 8, wanted: 1, now: 200_000 }, newPaceMemory())).toMatchObject({ replicas: 4 });
  });

  it('stands still in a direction that is disabled', () => {
    const disabled = { ...behavior, scaleDown: { ...behavior.scaleDown, selectPolicy: 'Disabled' } };
    const result = pace({ current: 8, wanted: 1, min: 1, max: 20, behavior: disabled, now: 0 }, newPaceMemory());
    expect(result.replicas).toBe(8);
    expect(result.conditions[1]?.reason).toBe('ScaleDownLimit');
  });
});
