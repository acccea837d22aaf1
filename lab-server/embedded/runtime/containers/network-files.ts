// The files a runtime writes into every container: its name, its hosts and its resolver.
import type { ContainerSpec } from '../runtime.ts';

/** What the orchestrator mounts over these paths wins. Cluster and task resolvers answer by the endpoint, whatever is written here. */
export function networkFiles(spec: ContainerSpec): Record<string, string> {
  const own = [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::\tip6-localnet',
    'ff00::\tip6-mcastprefix',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    `${spec.endpoint.address}\t${spec.hostname}`,
  ];
  return {
    '/etc/hosts': `${own.join('\n')}\n`,
    '/etc/hostname': `${spec.hostname}\n`,
    '/etc/resolv.conf': spec.resolvConf ?? 'nameserver 127.0.0.11\noptions ndots:0\n',
  };
}
