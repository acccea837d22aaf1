// The thread of one embedded cluster: its control plane, its simulated containers and its network live here and nowhere else.
import { startCluster } from '../../embedded/kubernetes/cluster.ts';
import { createRuntime } from '../../embedded/runtime/index.ts';
import { hostSandbox } from '../embedded/worker-host.ts';
import type { ClusterAccess } from './access.ts';

hostSandbox<ClusterAccess>(async (clock, databaseFile) => {
  await using opening = new AsyncDisposableStack();
  const runtime = opening.use(createRuntime({ clock }));
  const cluster = await startCluster({ clock, runtime, databaseFile, listen: { host: '127.0.0.1', port: 0 } });
  opening.defer(() => cluster.stop());
  const owned = opening.move();
  return {
    access: { kubeconfig: cluster.adminKubeconfig('https://192.168.49.2:8443'), loopbackKubeconfig: cluster.adminKubeconfig() },
    published: () => cluster.published(),
    onPublished: (listener) => cluster.onChange(listener),
    connect: (address, port) => cluster.connect({ address, port, protocol: 'tcp' }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
});
