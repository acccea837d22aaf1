// npm start: sets up what is missing, then serves the guide and its labs.
import { join } from 'node:path';
import { installDependencies } from './dependencies.mjs';
import { handOver } from './hand-over.mjs';
import { ensureKubectl } from './kubectl.mjs';
import { nodeProgram, root } from './paths.mjs';
import { bundlePrograms } from './programs.mjs';
import { buildSite, extractSchemas, toolEnvironment } from './site.mjs';
import { SetupError, step } from './terminal.mjs';
import { ensureWorkspaceTools } from './tools.mjs';

if (Number.parseInt(process.versions.node, 10) < 20) {
  process.stderr.write(
    `Dockside needs Node.js 20 or newer to start from; this is ${process.version}. Get a current one from https://nodejs.org.\n`,
  );
  process.exit(1);
}

try {
  await step('Packages', installDependencies);
  await step('Workspace tools', ensureWorkspaceTools);
  await step('kubectl', ensureKubectl);
  await step('API schemas', extractSchemas);
  await step('Workspace programs', bundlePrograms);
  await step('Site', buildSite);
} catch (error) {
  if (error instanceof SetupError) {
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  }
  throw error;
}
// Where there is still no kubectl, the line above said what to install; the guide can be read all the same.
handOver(
  nodeProgram,
  [join(root, 'lab-server', 'cli', 'main.ts'), 'serve', '--without-kubectl', ...process.argv.slice(2)],
  toolEnvironment(),
);
