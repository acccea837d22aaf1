// A cluster in a process of its own, for tests that end it without warning: node cluster-process.ts DATABASE. Prints its kubeconfig as one line of JSON.
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startCluster } from '../../../lab-server/embedded/kubernetes/cluster.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';

const clock = new SystemClock();
const cluster = await startCluster({
  clock,
  runtime: createRuntime({ clock }),
  databaseFile: process.argv[2] as string,
  listen: { host: '127.0.0.1', port: 0 },
});
process.stdout.write(`${JSON.stringify({ kubeconfig: cluster.adminKubeconfig() })}\n`);
