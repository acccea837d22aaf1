// `dockside bench`: figures about labs on this machine, as a table and as JSON. A measurement, not a test: nothing fails.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { DocksideError, SystemClock } from '../base/index.ts';
import type { Config } from '../config.ts';
import { createDrivers } from '../drivers.ts';
import { startServer } from '../main.ts';
import { type Figure, isKept, isRate } from './bench/figures.ts';
import { scenarios } from './bench/scenarios.ts';
import { table } from './output.ts';

export async function bench(config: Config, names: readonly string[], options: { json: string }): Promise<void> {
  const unknown = names.filter((name) => !(name in scenarios));
  if (unknown.length > 0) {
    throw new DocksideError(
      'BENCH_UNKNOWN',
      `There is no scenario ${unknown.join(', ')}. There are: ${Object.keys(scenarios).join(', ')}.`,
    );
  }
  const figures: Figure[] = [];
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (names.length === 0 || names.includes(name)) {
      console.error(`${name} …`);
      figures.push(...(await onFreshServer(config, scenario)));
    }
  }
  const machine = describeMachine();
  console.log(table([['', 'MEDIAN', 'P99', 'PROMISE', 'SAMPLES'], ...figures.map(rowOf)]));
  console.log(`\n${machine.cpu}, ${machine.cpus} CPUs, ${machine.memoryGb} GB, ${machine.system}, Node.js ${machine.node}`);
  writeFileSync(options.json, `${JSON.stringify({ at: new Date().toISOString(), machine, figures }, undefined, 2)}\n`);
  console.log(`Written to ${options.json}`);
}

async function onFreshServer(config: Config, scenario: (typeof scenarios)[string]): Promise<Figure[]> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'dockside-bench-'));
  const own: Config = { ...config, dataFolder, host: '127.0.0.1', port: 0, labs: { ...config.labs, max: 1000, maxPerLearner: 1000 } };
  try {
    await using server = await startServer(own);
    return await scenario({ url: server.url, config: own });
  } finally {
    // The pty host outlives servers by design; this one's is not needed again.
    await using drivers = createDrivers(own, { clock: new SystemClock(), warn() {} });
    await drivers.ptyHost.shutdown();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

function rowOf(figure: Figure): string[] {
  const { name, unit, median, p99, promise, promiseP99, samples } = figure;
  const digits = median < 10 ? 2 : median < 100 ? 1 : 0;
  const kept = isKept(figure);
  const against =
    promise === undefined
      ? ''
      : `${isRate(unit) ? '≥' : '≤'} ${promise} ${unit}${promiseP99 === undefined ? '' : `, p99 ≤ ${promiseP99}`}${kept === true ? '' : ', MISSED'}`;
  return [name, `${median.toFixed(digits)} ${unit}`, p99 === undefined ? '' : `${p99.toFixed(2)} ${unit}`, against, String(samples)];
}

function describeMachine(): { cpu: string; cpus: number; memoryGb: number; system: string; node: string } {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpus: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
  };
}
