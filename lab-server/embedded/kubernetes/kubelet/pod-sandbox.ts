// What the containers of a pod share: its address, its host name, its volumes and the files the kubelet writes into each of them.
import type { Clock } from '../../../base/index.ts';
import type { Mount, NetworkEndpoint } from '../../runtime/runtime.ts';
import { createMemoryFileSystem } from '../../runtime/files/memory-file-system.ts';
import type { PodNetwork } from '../network/pod-network.ts';
import type { Pod } from '../types.ts';
import type { PodSnapshot } from './pod-snapshot.ts';
import type { NodeFiles } from './volumes/node-files.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';

export interface PodSandbox extends Disposable {
  readonly address: string;
  readonly endpoint: NetworkEndpoint;
  readonly hostname: string;
  readonly volumes: PodVolumes;
  readonly resolvConf: string;
  /** /etc/hosts, which the kubelet writes once for all containers of the pod. */
  readonly hostsMount: Mount;
}

/** `address` asks for the one the pod had before, when the cluster comes back. */
export async function createPodSandbox(
  pod: Pod,
  node: { name: string },
  parts: { clock: Clock; network: PodNetwork; nodeFiles: NodeFiles; address?: string; restored?: PodSnapshot },
): Promise<PodSandbox> {
  const attachment = parts.network.attach(pod, parts.address);
  const hostname = (pod.spec?.hostNetwork ? node.name : (pod.spec?.hostname ?? pod.metadata.name)).slice(0, 63);
  return {
    address: attachment.address,
    endpoint: attachment.endpoint,
    hostname,
    volumes: new PodVolumes(parts.clock, parts.nodeFiles, parts.restored?.volumes),
    resolvConf: attachment.resolvConf,
    hostsMount: await hostsMount(parts.clock, hostsFile(pod, hostname, attachment.address)),
    [Symbol.dispose]: () => attachment[Symbol.dispose](),
  };
}

async function hostsMount(clock: Clock, text: string): Promise<Mount> {
  const files = createMemoryFileSystem(clock);
  await files.writeFile('/hosts', text);
  return { path: '/etc/hosts', files, sourcePath: '/hosts', readOnly: false };
}

function hostsFile(pod: Pod, hostname: string, address: string): string {
  const subdomain = pod.spec?.subdomain;
  const own = subdomain ? `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.cluster.local\t${hostname}` : hostname;
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${address}\t${own}`,
  ];
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length > 0) {
    lines.push('', '# Entries added by HostAliases.', ...aliases.map(({ ip, hostnames }) => [ip, ...(hostnames ?? [])].join('\t')));
  }
  return `${lines.join('\n')}\n`;
}
