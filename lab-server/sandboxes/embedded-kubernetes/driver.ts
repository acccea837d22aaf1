// The embedded Kubernetes as a sandbox: minikube's addresses and a kubeconfig.
import type { Clock } from '../../base/index.ts';
import { EmbeddedDriver, type EmbeddedPlatform } from '../embedded/driver.ts';
import { endpointFromKubeconfig } from '../kubeconfig-endpoint.ts';
import { KubernetesState } from '../kubernetes-state.ts';
import type { ClusterAccess } from './access.ts';

const NODE_ADDRESS = '192.168.49.2';

const kubernetes: EmbeddedPlatform<ClusterAccess> = {
  platform: 'kubernetes',
  what: 'embedded cluster',
  stage: 'Starting the Kubernetes cluster',
  stageId: 'cluster',
  folder: 'kubernetes',
  databaseFile: 'cluster.sqlite',
  sources: {
    name: 'embedded-kubernetes',
    entry: new URL('./worker.ts', import.meta.url),
    folders: ['base', 'embedded/runtime', 'embedded/kubernetes', 'sandboxes/embedded', 'sandboxes/embedded-kubernetes'],
  },
  // Minikube's: services, pods, and the node's own network.
  ranges: ['10.96.0.0/12', '10.244.0.0/16', '192.168.49.0/24'],
  resolvesNames: false,
  openState: ({ loopbackKubeconfig }, _onChanged, clock) => new KubernetesState(endpointFromKubeconfig(loopbackKubeconfig), clock),
  workspaceAccess: ({ kubeconfig, loopbackKubeconfig }) => ({
    files: { '.kube/config': { content: kubeconfig, mode: 0o600 } },
    hostFiles: { '.kube/config': { content: loopbackKubeconfig, mode: 0o600 } },
    env: {},
    hosts: { 'control-plane.minikube.internal': NODE_ADDRESS, 'host.minikube.internal': '192.168.49.1' },
  }),
};

export class EmbeddedKubernetesDriver extends EmbeddedDriver<ClusterAccess> {
  constructor(options: { clock: Clock; memoryMb: number }) {
    super(kubernetes, options);
  }
}
