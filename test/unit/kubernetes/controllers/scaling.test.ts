import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Sized,
  newReplicaSetSize,
  shrinkOld,
  spreadProportionally,
  total,
} from '../../../../lab-server/embedded/kubernetes/controllers/deployments/scaling.ts';
import { rolloutLimits } from '../../../../lab-server/embedded/kubernetes/controllers/deployments/rollout-limits.ts';
import { type DeploymentSpec, aDeployment } from './builders.ts';

function aSet(name: string, replicas: number, available = replicas, maxReplicas?: number): Sized {
  return { name, createdAt: 0, replicas, available, maxReplicas };
}

function limitsOf(spec: Partial<DeploymentSpec>) {
  return rolloutLimits(aDeployment(spec).spec as DeploymentSpec);
}

describe('rollout limits', () => {
  it('round surge up and unavailability down', () => {
    const rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%' };
    expect(limitsOf({ replicas: 3, strategy: { type: 'RollingUpdate', rollingUpdate } })).toMatchObject({ maxSurge: 1, maxUnavailable: 0 });
    expect(limitsOf({ replicas: 10, strategy: { type: 'RollingUpdate', rollingUpdate } })).toMatchObject({
      maxSurge: 3,
      maxUnavailable: 2,
    });
  });

  it('let one pod be unavailable where neither surge nor unavailability is allowed', () => {
    const rollingUpdate = { maxSurge: 0, maxUnavailable: '1%' };
    expect(limitsOf({ replicas: 3, strategy: { type: 'RollingUpdate', rollingUpdate } }).maxUnavailable).toBe(1);
  });
});

describe('the size of the new replica set', () => {
  it('grows by the room that surge leaves, up to the replicas', () => {
    const limits = { replicas: 10, maxSurge: 3, maxUnavailable: 2 };
    expect(newReplicaSetSize(aSet('new', 0), [aSet('old', 10), aSet('new', 0)], limits)).toBe(3);
    expect(newReplicaSetSize(aSet('new', 9), [aSet('new', 9)], limits)).toBe(10);
    expect(newReplicaSetSize(aSet('new', 12), [aSet('new', 12)], limits)).toBe(10);
  });
});

describe('old replica sets', () => {
  it('lose what is unhealthy first', () => {
    const limits = { replicas: 10, maxSurge: 3, maxUnavailable: 2 };
    const sizes = shrinkOld([aSet('broken', 3, 0), aSet('good', 8, 8)], aSet('new', 2, 2), limits);
    expect(Object.fromEntries(sizes)).toEqual({ broken: 0, good: 6 });
  });

  it('stay while the new pods are not available', () => {
    const limits = { replicas: 10, maxSurge: 3, maxUnavailable: 0 };
    expect(shrinkOld([aSet('old', 10)], aSet('new', 3, 0), limits).size).toBe(0);
  });
});

describe('proportional scaling', () => {
  it('always ends at replicas + surge, whatever the sizes were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 0, max: 10 }),
        (sizes, replicas, maxSurge) => {
          const before = sizes.reduce((sum, size) => sum + size, 0);
          const sets = sizes.map((size, index) => aSet(`set-${index}`, size, size, before));
          const result = spreadProportionally(sets, { replicas, maxSurge, maxUnavailable: 0 }, before);
          const after = sets.map((set) => ({ ...set, replicas: result.get(set.name) ?? set.replicas }));
          expect(total(after)).toBe(replicas + maxSurge);
          expect(after.every((set) => set.replicas >= 0)).toBe(true);
        },
      ),
    );
  });
});
