// Beside the embedded cluster, in the same run: @ngrok/webernetes, the other Kubernetes that runs in a JavaScript process. It is a dependency of this measurement alone.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { figureOf } from './figures.ts';
import type { Scenario } from './scenario.ts';

const run = promisify(execFile);
const PEER_PROGRAM = fileURLToPath(new URL('../../../test/bench/webernetes.mjs', import.meta.url));
const FOOTPRINT_PROGRAM = fileURLToPath(new URL('./footprint.ts', import.meta.url));

const peerSchema = z.object({ ready: z.array(z.number()), available: z.array(z.number()), idlePercent: z.number() });

/** An idle cluster's own memory, beyond the code that all share. */
export const clusterMemory: Scenario = async () => {
  const { stdout } = await run(process.execPath, ['--expose-gc', '--disable-warning=ExperimentalWarning', FOOTPRINT_PROGRAM]);
  const { megabytes } = z.object({ megabytes: z.number() }).parse(JSON.parse(stdout));
  return [figureOf('memory of one more idle cluster', 'MB', [megabytes], 8)];
};

/** Node.js cannot import the peer's build as it is: it is bundled first. */
export const peer: Scenario = async ({ config }) => {
  if (!isInstalled()) {
    console.error('@ngrok/webernetes is not installed (npm ci without --omit=dev brings it): nothing stands beside the embedded cluster.');
    return [];
  }
  const bundle = join(config.dataFolder, 'peer.mjs');
  const { build } = await import('esbuild');
  await build({ entryPoints: [PEER_PROGRAM], outfile: bundle, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
  const { stdout } = await run(process.execPath, [bundle]);
  const { ready, available, idlePercent } = peerSchema.parse(JSON.parse(stdout));
  return [
    figureOf('webernetes: cluster ready, nothing durable, no API server', 'ms', ready),
    figureOf('webernetes: 3 replicas applied to available', 'ms', available),
    figureOf('webernetes: idle cluster with 3 nodes', '% of a core', [idlePercent]),
  ];
};

function isInstalled(): boolean {
  try {
    return existsSync(fileURLToPath(import.meta.resolve('@ngrok/webernetes')));
  } catch {
    return false;
  }
}
