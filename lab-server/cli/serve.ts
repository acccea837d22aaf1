// `dockside serve`: the guide with its labs, until it is stopped.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { startServer } from '../main.ts';
import { onInterruption } from './interruption.ts';
import { hasKubectl, requireKubectl } from './required-kubectl.ts';

/** With `withoutKubectl`, a machine that has no kubectl serves all the same: for reading, and for labs that need none. */
export async function serve(config: Config, options: { withoutKubectl: boolean }): Promise<void> {
  if (!options.withoutKubectl) {
    requireKubectl(config.path, ', or serve without it: dockside serve --without-kubectl');
  }
  using interruption = onInterruption();
  await using server = await startServer(config);
  if (!hasKubectl(config.path)) {
    console.error(
      'kubectl is not on PATH: labs open, but their terminals have no kubectl. See https://kubernetes.io/docs/tasks/tools/ and start again.',
    );
  }
  if (!existsSync(join(config.siteFolder, 'index.html'))) {
    console.error('The site is not built yet: run npm run build, then start again.');
  }
  if (server.workspace === 'host') {
    console.error(
      'Terminals are not isolated on this machine: they are shells of your own user. dockside doctor tells what isolation needs.',
    );
  }
  console.log(`Dockside is ready: ${server.url}`);
  await interruption.asked;
  console.log('\nStopping. Labs are kept, and go on at the next start.');
}
