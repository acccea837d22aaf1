// The programs that Dockside brings into a workspace (minikube, ecs-cli), each bundled into one file so that it starts at once.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, digest, root } from './paths.mjs';

const PROGRAMS = ['minikube', 'ecs-cli'];

/** Bundles what has changed since the last time. */
export async function bundlePrograms() {
  const present = PROGRAMS.filter((name) => existsSync(join(root, 'lab-server', name, 'main.ts')));
  const folder = join(cacheFolder, 'programs');
  const stamp = join(folder, '.built-from');
  const sources = digest([...present.map((name) => `lab-server/${name}`), 'package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) {
    return undefined;
  }
  mkdirSync(folder, { recursive: true });
  const { build } = await import('esbuild');
  await build({
    entryPoints: present.map((name) => ({ in: join(root, 'lab-server', name, 'main.ts'), out: name })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'silent',
    // Packages in CommonJS form call require; a module has to be given one.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  writeFileSync(stamp, sources);
  return 'bundled';
}
