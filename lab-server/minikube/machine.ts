// What lies under the cluster: asked of the lab through the API server's own certificates, at the host's address, which answers while the cluster
// is switched off. The way there is kept in ~/.minikube, since `stop` and `delete` take it out of the learner's kubeconfig.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { kubectl, KubectlError, runKubectl } from './kubectl.ts';
import { PROFILE } from './version.ts';

const NODE = 'https://192.168.49.2:8443';
const HOST = 'https://192.168.49.1:8443';
const PATH = '/minikube/v1';

export interface Machine {
  name: string;
  address: string;
  role: 'control-plane' | 'worker';
  isRunning: boolean;
}

export interface ClusterState {
  power: 'running' | 'stopped' | 'absent';
  /** `v1.36.2` */
  version: string;
  nodes: Machine[];
  /** Whether each addon that is simulated is enabled. */
  addons: Record<string, boolean>;
}

/** Where minikube keeps what it knows. */
export function minikubeFolder(): string {
  return process.env.MINIKUBE_HOME ? join(process.env.MINIKUBE_HOME, '.minikube') : join(homedir(), '.minikube');
}

/** The kubeconfig of this cluster alone; made from the learner's when it is first needed. */
export async function ownKubeconfig(): Promise<string> {
  const file = join(minikubeFolder(), 'profiles', PROFILE, 'kubeconfig');
  if (!existsSync(file)) {
    const text = await kubectl('config', 'view', '--minify', '--flatten', '--raw', '--context', PROFILE);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
  }
  return file;
}

export function clusterState(): Promise<ClusterState> {
  return ask<ClusterState>('get', '/cluster');
}

export function changeCluster(action: 'start' | 'stop' | 'delete', body: object = {}): Promise<unknown> {
  return ask('create', `/cluster/${action}`, body);
}

export function addNode(): Promise<{ name: string }> {
  return ask('create', '/nodes', {});
}

export function changeNode(name: string, action: 'start' | 'stop' | 'delete'): Promise<unknown> {
  return action === 'delete' ? ask('delete', `/nodes/${name}`) : ask('create', `/nodes/${name}/${action}`, {});
}

export function setAddon(name: string, enabled: boolean): Promise<unknown> {
  return ask('replace', `/addons/${name}`, { enabled });
}

export async function images(): Promise<string[]> {
  return (await ask<{ images: string[] }>('get', '/images')).images;
}

export function loadImage(reference: string): Promise<unknown> {
  return ask('create', '/images', { reference });
}

/** Through kubectl, whose verbs stand for the methods of HTTP. Rejects with KubectlError, whose message is the lab's. */
async function ask<T>(verb: 'get' | 'create' | 'replace' | 'delete', path: string, body?: object): Promise<T> {
  const file = await ownKubeconfig();
  const server = (await kubectl('--kubeconfig', file, 'config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}')).trim();
  // In a workspace the machines are asked for at the host's address; the certificate names the node.
  const door = server === NODE ? ['--server', HOST, '--tls-server-name', PROFILE] : [];
  const input = body === undefined ? undefined : JSON.stringify(body);
  const args = ['--kubeconfig', file, ...door, verb, '--raw', PATH + path, ...(input === undefined ? [] : ['-f', '-'])];
  try {
    return JSON.parse(await runKubectl(args, { input })) as T;
  } catch (error) {
    throw error instanceof KubectlError ? new KubectlError(error.message.replace(/^Error from server \(\w+\): /, '')) : error;
  }
}
