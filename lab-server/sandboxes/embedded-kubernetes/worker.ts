// The thread of one embedded cluster: its control plane, its simulated containers and its network live here and nowhere else.
import { parentPort } from 'node:worker_threads';
import { SystemClock } from '../../base/index.ts';
import { type Cluster, startCluster } from '../../embedded/kubernetes/cluster.ts';
import { createRuntime } from '../../embedded/runtime/index.ts';
import { compactHeap } from './compact-heap.ts';
import type { FromWorker, OpenClusterRequest, ToWorker } from './messages.ts';
import { serveTunnel } from './tunnel.ts';

const port = parentPort;
if (!port) {
  throw new Error('this file is a worker thread of the lab server');
}
/** After opening, when the learner's first commands have been answered. */
const COMPACT_AFTER_MS = 5000;

const clock = new SystemClock();
const owned = new AsyncDisposableStack();
let cluster: Cluster | undefined;

function tell(message: FromWorker): void {
  port?.postMessage(message);
}

async function open(request: OpenClusterRequest): Promise<void> {
  const runtime = owned.use(createRuntime({ clock }));
  const started = await startCluster({ clock, runtime, databaseFile: request.databaseFile, listen: { host: '127.0.0.1', port: 0 } });
  cluster = started;
  owned.defer(() => started.stop());
  owned.use(
    await serveTunnel(request.socketPath, (address, targetPort) => started.connect({ address, port: targetPort, protocol: 'tcp' })),
  );
  owned.use(started.onChange(() => tell({ type: 'published', addresses: started.published() })));
  tell({
    type: 'opened',
    kubeconfig: started.adminKubeconfig('https://192.168.49.2:8443'),
    loopbackKubeconfig: started.adminKubeconfig(),
    published: started.published(),
  });
  owned.use(clock.schedule(COMPACT_AFTER_MS, compactHeap));
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'open':
      open(message).catch((error: unknown) => {
        const { message: text, stack } = error instanceof Error ? error : new Error(String(error));
        tell({ type: 'refused', message: text, stack });
      });
      return;
    case 'stop':
      void owned.disposeAsync().finally(() => process.exit(cluster ? 0 : 1));
  }
});

compactHeap();
tell({ type: 'loaded' });
