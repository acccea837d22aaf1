// What is bundled, so that it starts at once: the programs that Dockside brings into a workspace (minikube, ecs-cli), and the threads of
// embedded sandboxes (lab-server/sandboxes/embedded/worker-file.ts).
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, digest, root } from './paths.mjs';

const PROGRAMS = [
  { name: 'minikube', entry: 'lab-server/minikube/main.ts', sources: ['lab-server/minikube'] },
  // In parts: a command reads only the clients that it uses.
  { name: 'ecs-cli', entry: 'lab-server/ecs-cli/main.ts', sources: ['lab-server/ecs-cli'], split: true },
  {
    name: 'embedded-kubernetes',
    entry: 'lab-server/sandboxes/embedded-kubernetes/worker.ts',
    sources: [
      'lab-server/base',
      'lab-server/embedded/runtime',
      'lab-server/embedded/kubernetes',
      'lab-server/sandboxes/embedded',
      'lab-server/sandboxes/embedded-kubernetes',
    ],
  },
  {
    name: 'embedded-ecs',
    entry: 'lab-server/sandboxes/embedded-ecs/worker.ts',
    sources: [
      'lab-server/base',
      'lab-server/embedded/runtime',
      'lab-server/embedded/aws',
      'lab-server/sandboxes/embedded',
      'lab-server/sandboxes/embedded-ecs',
    ],
  },
];
/** Left out of the bundles and loaded only when a container runs a shell: large, and with native parts. */
const EXTERNAL = ['just-bash'];

/** Bundles what has changed since the last time. */
export async function bundlePrograms() {
  const present = PROGRAMS.filter(({ entry }) => existsSync(join(root, entry)));
  const folder = join(cacheFolder, 'programs');
  const stamp = join(folder, '.built-from');
  const sources = digest([...present.flatMap((program) => program.sources), 'package-lock.json', 'lab-server/setup/programs.mjs']);
  if (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === sources &&
    present.every(({ name, split }) => existsSync(split ? join(folder, name, `${name}.mjs`) : join(folder, `${name}.mjs`)))
  ) {
    return undefined;
  }
  mkdirSync(folder, { recursive: true });
  const { build } = await import('esbuild');
  const bundle = (programs, options) =>
    build({
      entryPoints: programs.map(({ name, entry }) => ({ in: join(root, entry), out: name })),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      minify: true,
      keepNames: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      external: EXTERNAL,
      logLevel: 'silent',
      // Packages in CommonJS form call require; a module has to be given one.
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      ...options,
    });
  await bundle(
    present.filter(({ split }) => !split),
    {},
  );
  for (const program of present.filter(({ split }) => split)) {
    const parts = join(folder, program.name);
    rmSync(parts, { recursive: true, force: true });
    rmSync(`${parts}.mjs`, { force: true });
    // Modules of packages rather than their CommonJS form, which a part cannot hand out by name.
    await bundle([program], { outdir: parts, splitting: true, chunkNames: 'parts/[hash]', mainFields: ['module', 'main'] });
  }
  writeFileSync(stamp, sources);
  return 'bundled';
}
