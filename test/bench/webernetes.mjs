// The peer of the embedded cluster, measured alone; `dockside bench peer` bundles and runs it. Prints one line of JSON. Plain JavaScript: Node.js' rules
// do not find the package's types.
import { setTimeout as pause } from 'node:timers/promises';
import { BaseImage, Cluster } from '@ngrok/webernetes';

const ROUNDS = 6;
const CALM_MS = 8000;
const IDLE_MS = 20_000;

class Nginx extends BaseImage {
  static imageName = 'nginx';
  static imageVersion = 'latest';
  defaultCommand = ['serve'];

  async exec(context) {
    context.listenHttp(80, () => Promise.resolve({ statusCode: 200, body: 'welcome\n' }));
    return context.waitUntilKilled();
  }
}

const labels = { app: 'nginx' };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'nginx' },
  spec: {
    replicas: 3,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'nginx', image: 'nginx:latest', ports: [{ containerPort: 80 }] }] } },
  },
};

async function threeAvailable(cluster) {
  const { promise, resolve } = Promise.withResolvers();
  const informer = cluster.informer('deployments', (_type, { status }) => status?.availableReplicas === 3 && resolve());
  await informer.start();
  await cluster.apply([deployment]);
  await promise;
  await informer.stop();
}

const ready = [];
const available = [];
let idlePercent = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  const startedAt = performance.now();
  const cluster = new Cluster();
  cluster.registerImage(Nginx);
  await cluster.init();
  ready.push(performance.now() - startedAt);
  const appliedAt = performance.now();
  await threeAvailable(cluster);
  available.push(performance.now() - appliedAt);
  if (round === ROUNDS - 1) {
    await pause(CALM_MS);
    const before = process.cpuUsage();
    await pause(IDLE_MS);
    const { user, system } = process.cpuUsage(before);
    idlePercent = ((user + system) / 1000 / IDLE_MS) * 100;
  }
  await cluster.close();
}
console.log(JSON.stringify({ ready, available, idlePercent }));
