// `dockside serve`: the guide with its labs, until it is stopped.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Config } from '../config.ts';
import { startServer } from '../main.ts';
import { onInterruption } from './interruption.ts';

export async function serve(config: Config): Promise<void> {
  using interruption = onInterruption();
  await using server = await startServer(config);
  if (!onPath('kubectl', config.path)) {
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

function onPath(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => existsSync(join(folder, program)) || existsSync(join(folder, `${program}.exe`)));
}
