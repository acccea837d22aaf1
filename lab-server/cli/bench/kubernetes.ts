// The embedded cluster as an API server: `dockside sandbox kubernetes` in a process of its own, and one client with 16 connections on the same machine.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SystemClock } from '../../base/index.ts';
import { endpointFromKubeconfigFile } from '../../sandboxes/kubeconfig-endpoint.ts';
import { type KubernetesEndpoint, KubernetesState } from '../../sandboxes/kubernetes-state.ts';
import { ApiConnection, requestsPerSecond } from './api-client.ts';
import { type Figure, figureOf } from './figures.ts';
import { SandboxProcess } from './sandbox-process.ts';
import { deploymentOf, type Scenario } from './scenario.ts';

const CONNECTIONS = 16;
const CONFIG_MAPS = 1000;
const PODS = 1000;
/** Nodes take 110 pods each. */
const NODES = 10;
/** An open cluster gives back what opening needed, and nothing of its first moments is left. */
const CALM_MS = 8000;
const IDLE_MS = 20_000;

const maps = '/api/v1/namespaces/default/configmaps';

export const kubernetesApi: Scenario = async ({ config }) => {
  const kubeconfig = join(config.dataFolder, 'bench-kubeconfig');
  const data = join(config.dataFolder, 'bench-cluster');
  await using server = await SandboxProcess.start('kubernetes', '--kubeconfig', kubeconfig, '--data', data, '--nodes', String(NODES));
  const endpoint = endpointFromKubeconfigFile(kubeconfig);
  await pause(CALM_MS);
  const idle = await server.coreShare(IDLE_MS);
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => ApiConnection.open(endpoint)));
  const figures = [
    ...(idle === undefined ? [] : [figureOf('idle cluster with 10 nodes', '% of a core', [idle], 0.05)]),
    ...(await requests(connections)),
    await watchDelivery(endpoint, connections[0] as ApiConnection),
    await thousandPods(endpoint, connections[0] as ApiConnection),
  ];
  connections.forEach((connection) => connection[Symbol.dispose]());
  return figures;
};

/** Every accepted write is on disk before it is answered. The first thousand of each kind warm the server up. */
async function requests(connections: readonly ApiConnection[]): Promise<Figure[]> {
  const create = (index: number): readonly [string, string, string] => ['POST', maps, JSON.stringify(configMap(index))];
  const read = (index: number): readonly [string, string] => ['GET', `${maps}/map-${index % CONFIG_MAPS}`];
  await requestsPerSecond(connections, CONFIG_MAPS, create);
  await requestsPerSecond(connections, CONFIG_MAPS, read);
  const gets: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    gets.push(await requestsPerSecond(connections, 5000, read));
  }
  const lists: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const startedAt = performance.now();
    await connections[0]?.call('GET', maps);
    lists.push(performance.now() - startedAt);
  }
  const creates: number[] = [];
  for (let round = 1; round <= 3; round += 1) {
    creates.push(await requestsPerSecond(connections, CONFIG_MAPS, (index) => create(index + round * CONFIG_MAPS)));
  }
  return [
    figureOf('get of a ConfigMap, 16 connections', '/s', gets, 5000),
    figureOf('create of a ConfigMap, 16 connections', '/s', creates, 3000),
    figureOf('list of 1,000 ConfigMaps', 'ms', lists, 10),
  ];
}

/** From the request that writes to the event on another connection. */
async function watchDelivery(endpoint: KubernetesEndpoint, writer: ApiConnection): Promise<Figure> {
  using watcher = await ApiConnection.open(endpoint);
  let seen = (_name: string): void => {};
  watcher.watch(`${maps}?watch=true&labelSelector=watched`, (name) => seen(name));
  const samples: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    const name = `watched-${round}`;
    const delivered = new Promise<void>((resolve) => {
      seen = (event) => event === name && resolve();
    });
    const startedAt = performance.now();
    const written = writer.call('POST', maps, JSON.stringify({ metadata: { name, labels: { watched: 'yes' } } }));
    await delivered;
    samples.push(performance.now() - startedAt);
    await written;
  }
  return figureOf('watch: from a write to its event', 'ms', samples, 5);
}

async function thousandPods(endpoint: KubernetesEndpoint, writer: ApiConnection): Promise<Figure> {
  using state = new KubernetesState(endpoint, new SystemClock());
  const abort = new AbortController();
  const startedAt = performance.now();
  await writer.call('POST', '/apis/apps/v1/namespaces/default/deployments', JSON.stringify(deploymentOf('thousand', PODS)));
  const query = { platform: 'kubernetes', apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'thousand' } as const;
  for await (const { document } of state.changes(query, abort.signal)) {
    if ((document as { status?: { availableReplicas?: number } }).status?.availableReplicas === PODS) {
      break;
    }
  }
  abort.abort();
  return figureOf('Deployment of 1,000 to 1,000 pods available', 's', [(performance.now() - startedAt) / 1000], 10);
}

function configMap(index: number): object {
  return { metadata: { name: `map-${index}`, labels: { app: 'bench' } }, data: { key: `value-${index}` } };
}
