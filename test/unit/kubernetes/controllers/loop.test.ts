import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../lab-server/base/index.ts';
import { conflict } from '../../../../lab-server/embedded/kubernetes/api/errors.ts';
import type { Controller } from '../../../../lab-server/embedded/kubernetes/controllers/index.ts';
import { watchSelf } from '../../../../lab-server/embedded/kubernetes/controllers/keys.ts';
import { CONFIG_MAP } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { WorkQueue } from '../../../../lab-server/embedded/kubernetes/controllers/work-queue.ts';
import { TestCluster } from './test-cluster.ts';

function aConfigMap(name: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
}

function aController(reconcile: Controller['reconcile']): Controller {
  return { name: 'test-controller', watches: [watchSelf(CONFIG_MAP)], reconcile };
}

describe('the work queue', () => {
  it('holds a key once, however often it is added', () => {
    const queue = new WorkQueue(new ManualClock(), () => undefined);
    queue.add('a');
    queue.add('b');
    queue.add('a');
    expect([queue.take(), queue.take(), queue.take()]).toEqual(['a', 'b', undefined]);
  });

  it('brings a failed key back after 5 ms, then after twice as long each time, up to 1000 s', async () => {
    const clock = new ManualClock(0);
    const seen: number[] = [];
    const queue: WorkQueue = new WorkQueue(clock, () => {
      while (queue.take() !== undefined) {
        seen.push(clock.now());
      }
    });
    for (let failure = 0; failure < 20; failure += 1) {
      queue.retry('a');
      await clock.advance(1_000_001);
    }
    const waits = seen.map((at, index) => at - index * 1_000_001);
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(Math.max(...waits)).toBe(1_000_000);
  });

  it('forgets the time a key had asked for when the key comes earlier', async () => {
    const clock = new ManualClock(0);
    let ready = 0;
    const queue = new WorkQueue(clock, () => {
      ready += 1;
    });
    queue.addAfter('a', 1000);
    queue.add('a');
    queue.take();
    await clock.advance(2000);
    expect({ ready, pending: clock.pending }).toEqual({ ready: 1, pending: 0 });
  });
});

describe('the controller loop', () => {
  it('reconciles what exists already, and each change after it', async () => {
    const keys: string[] = [];
    using cluster = new TestCluster({ controllers: [aController((key) => void keys.push(key))] });
    cluster.client.create(CONFIG_MAP, aConfigMap('a'));
    cluster.client.create(CONFIG_MAP, aConfigMap('b'));
    await cluster.settle();
    cluster.client.delete(CONFIG_MAP, 'default', 'a');
    await cluster.settle();
    expect(keys).toEqual(['default/a', 'default/b', 'default/a']);
  });

  it('reconciles again when the time that was asked for has come', async () => {
    const times: number[] = [];
    using cluster = new TestCluster({
      controllers: [
        aController((_key, { clock }) => {
          times.push(clock.now());
          return times.length < 3 ? { requeueAfterMs: 1000 } : undefined;
        }),
      ],
    });
    const start = cluster.clock.now();
    cluster.client.create(CONFIG_MAP, aConfigMap('a'));
    await cluster.run(5000);
    expect(times.map((time) => time - start)).toEqual([0, 1000, 2000]);
  });

  it('retries a conflict at once', async () => {
    let attempts = 0;
    using cluster = new TestCluster({
      controllers: [
        aController(() => {
          attempts += 1;
          if (attempts < 4) {
            throw conflict({ group: '', resource: 'configmaps' }, 'a', 'stale');
          }
        }),
      ],
    });
    cluster.client.create(CONFIG_MAP, aConfigMap('a'));
    await cluster.settle();
    expect(attempts).toBe(4);
  });

  it('stops for good when it is disposed', async () => {
    let reconciles = 0;
    const cluster = new TestCluster({
      controllers: [
        aController(() => {
          reconciles += 1;
          return { requeueAfterMs: 1000 };
        }),
      ],
    });
    cluster.client.create(CONFIG_MAP, aConfigMap('a'));
    await cluster.settle();
    cluster[Symbol.dispose]();
    cluster.client.create(CONFIG_MAP, aConfigMap('b'));
    await cluster.clock.advance(10_000);
    expect({ reconciles, pending: cluster.clock.pending }).toEqual({ reconciles: 1, pending: 0 });
  });
});
