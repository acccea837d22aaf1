// npm run test:cluster: the tests of drivers for real clusters, on the cluster that DOCKSIDE_TEST_KUBECONFIG names.
import { spawnSync } from 'node:child_process';
import { localProgram } from './paths.mjs';
import { toolEnvironment } from './site.mjs';

if (!process.env.DOCKSIDE_TEST_KUBECONFIG) {
  process.stdout.write('Skipped: DOCKSIDE_TEST_KUBECONFIG names no kubeconfig of a cluster to test on.\n');
  process.exit(0);
}
const args = ['run', '--project', 'integration', 'test/integration/sandboxes/kubeconfig.test.ts'];
const { status } = spawnSync(localProgram('vitest'), args, { stdio: 'inherit', env: toolEnvironment() });
process.exit(status ?? 1);
