// The built site and the generated files that the server reads. Made anew only when what they are made of has changed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { binFolder, cacheFolder, digest, localProgram, nodeProgram, root, systemFolders, toolsFolder } from './paths.mjs';
import { lastLines, run, SetupError } from './terminal.mjs';

const SOURCES = ['src', 'content', 'public', 'astro.config.mjs', 'package-lock.json', 'lab-server/protocol', 'tsconfig.json'];

/** The environment in which the project's own tools run: Node 24 first on PATH, nothing phoned home. */
export function toolEnvironment() {
  const folders = [binFolder, toolsFolder, ...(process.env.PATH ?? '').split(delimiter), ...systemFolders];
  return {
    ...process.env,
    PATH: [...new Set(folders)].join(delimiter),
    ASTRO_TELEMETRY_DISABLED: '1',
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
  };
}

/** Builds the site into dist/, unless it is the one that these sources make. */
export async function buildSite(show) {
  const stamp = join(root, 'dist', '.built-from');
  const sources = digest(SOURCES);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) {
    return undefined;
  }
  show('building (about half a minute)');
  const result = await run(localProgram('astro'), ['build'], { cwd: root, env: toolEnvironment() });
  if (result.code !== 0) {
    throw new SetupError(`The site could not be built. Astro said:\n${lastLines(result.output, 25)}`);
  }
  writeFileSync(stamp, sources);
  return 'built';
}

/** Extracts what the embedded servers know of their APIs from the clients' packages: the Kubernetes schemas and the AWS service models. */
export async function extractSchemas(show) {
  mkdirSync(cacheFolder, { recursive: true });
  show("extracting from the clients' packages");
  const result = await run(nodeProgram, [join(root, 'lab-server', 'cli', 'extract-schemas.ts')], { cwd: root });
  if (result.code !== 0) {
    throw new SetupError(`The API schemas could not be extracted from the clients' packages:\n${lastLines(result.output)}`);
  }
  return undefined;
}
