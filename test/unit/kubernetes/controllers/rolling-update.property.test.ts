import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deploymentController } from '../../../../lab-server/embedded/kubernetes/controllers/deployment.ts';
import { rolloutLimits } from '../../../../lab-server/embedded/kubernetes/controllers/deployments/rollout-limits.ts';
import { DEPLOYMENT, POD } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { isActive, isReady } from '../../../../lab-server/embedded/kubernetes/controllers/pods/readiness.ts';
import { replicaSetController } from '../../../../lab-server/embedded/kubernetes/controllers/replicaset.ts';
import { type DeploymentSpec, aDeployment, aTemplate } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

const amount = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
);

describe('a rolling update', () => {
  it('never has more pods than replicas + surge nor fewer available than replicas - unavailable, and ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        amount,
        amount,
        fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 3, maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        async (replicas, maxSurge, maxUnavailable, startTimes, updates) => {
          let started = 0;
          using cluster = new TestCluster({
            controllers: [deploymentController, replicaSetController],
            startMs: () => startTimes[started++ % startTimes.length],
          });
          const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
          const created = cluster.client.create(DEPLOYMENT, aDeployment({ replicas, strategy }));
          const limits = rolloutLimits((created as { spec: DeploymentSpec }).spec);
          await cluster.run(3000);

          let most = 0;
          let fewest = Number.POSITIVE_INFINITY;
          using _watch = cluster.client.watch(POD, () => {
            const active = cluster.pods().filter(isActive);
            most = Math.max(most, active.length);
            fewest = Math.min(fewest, active.filter(isReady).length);
          });
          for (let update = 1; update <= updates; update += 1) {
            const current = cluster.client.get(DEPLOYMENT, 'default', 'web');
            const spec = { ...current?.spec, template: aTemplate('web', `nginx:1.${update}`) } as DeploymentSpec;
            cluster.client.update(DEPLOYMENT, { ...(current as NonNullable<typeof current>), spec });
            await cluster.run(update === updates ? 20_000 : 700, 100);
          }
          expect(most).toBeLessThanOrEqual(replicas + limits.maxSurge);
          expect(fewest).toBeGreaterThanOrEqual(replicas - limits.maxUnavailable);
          const images = cluster.pods().map(({ spec }) => spec?.containers[0]?.image);
          expect(images).toEqual(Array.from({ length: replicas }, () => `nginx:1.${updates}`));
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});
