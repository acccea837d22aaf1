// What one more idle cluster weighs in a thread that has everything loaded: a program of its own, so that nothing else is counted.   node --expose-gc footprint.ts
import { setTimeout as pause } from 'node:timers/promises';
import { SystemClock } from '../../base/index.ts';
import { startCluster } from '../../embedded/kubernetes/cluster.ts';
import { createRuntime } from '../../embedded/runtime/index.ts';

const CLUSTERS = 10;
const CALM_MS = 3000;

const clock = new SystemClock();

async function open(): Promise<void> {
  await startCluster({ clock, runtime: createRuntime({ clock }), databaseFile: ':memory:', listen: { host: '127.0.0.1', port: 0 } });
}

async function weight(): Promise<number> {
  await pause(CALM_MS);
  gc?.();
  return process.memoryUsage.rss();
}

// The first two bring what all share.
await open();
await open();
const before = await weight();
for (let count = 0; count < CLUSTERS; count += 1) {
  await open();
}
console.log(JSON.stringify({ megabytes: ((await weight()) - before) / CLUSTERS / 1e6 }));
process.exit(0);
