import { describe, expect, it } from 'vitest';
import { deploymentController } from '../../../../lab-server/embedded/kubernetes/controllers/deployment.ts';
import { disruptionController } from '../../../../lab-server/embedded/kubernetes/controllers/disruption.ts';
import {
  DEPLOYMENT,
  POD_DISRUPTION_BUDGET,
  type PodDisruptionBudget,
} from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { replicaSetController } from '../../../../lab-server/embedded/kubernetes/controllers/replicaset.ts';
import { isoTime } from '../../../../lab-server/embedded/kubernetes/values/iso-time.ts';
import { aDeployment } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

async function start(spec: object): Promise<TestCluster> {
  const cluster = new TestCluster({ controllers: [deploymentController, replicaSetController, disruptionController] });
  cluster.client.create(DEPLOYMENT, aDeployment({ replicas: 5 }));
  await cluster.run(500);
  cluster.client.create(POD_DISRUPTION_BUDGET, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  });
  await cluster.run(500);
  return cluster;
}

function status(cluster: TestCluster): PodDisruptionBudget['status'] {
  return cluster.client.get(POD_DISRUPTION_BUDGET, 'default', 'web')?.status;
}

describe('a pod disruption budget', () => {
  it('allows as many disruptions as leave minAvailable pods', async () => {
    using cluster = await start({ minAvailable: 3 });
    expect(status(cluster)).toMatchObject({
      currentHealthy: 5,
      desiredHealthy: 3,
      disruptionsAllowed: 2,
      expectedPods: 5,
      observedGeneration: 1,
      conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }],
    });
  });

  it('rounds percentages up, of what the deployment asks for', async () => {
    using percent = await start({ minAvailable: '50%' });
    expect(status(percent)).toMatchObject({ desiredHealthy: 3, disruptionsAllowed: 2 });
    using unavailable = await start({ maxUnavailable: '30%' });
    expect(status(unavailable)).toMatchObject({ desiredHealthy: 3, disruptionsAllowed: 2 });
  });

  it('allows none while too few pods are healthy', async () => {
    using cluster = await start({ minAvailable: 5 });
    expect(status(cluster)).toMatchObject({ disruptionsAllowed: 0, conditions: [{ status: 'False', reason: 'InsufficientPods' }] });
  });

  it('counts an allowed eviction until the pod shows it, and no longer than two minutes', async () => {
    using cluster = await start({ minAvailable: 3 });
    const budget = cluster.client.get(POD_DISRUPTION_BUDGET, 'default', 'web') as PodDisruptionBudget;
    const name = cluster.pods()[0]?.metadata.name ?? '';
    const disrupted = { ...budget.status, disruptedPods: { [name]: isoTime(cluster.clock.now()) } } as PodDisruptionBudget['status'];
    cluster.client.updateStatus(POD_DISRUPTION_BUDGET, { ...budget, status: disrupted });
    await cluster.run(1000);
    expect(status(cluster)).toMatchObject({ currentHealthy: 4, disruptionsAllowed: 1 });
    await cluster.run(130_000, 10_000);
    expect(status(cluster)).toMatchObject({ currentHealthy: 5, disruptionsAllowed: 2 });
  });
});
