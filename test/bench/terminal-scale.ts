// Measures many labs on one machine: how long a workspace and its prompt take, what an idle one costs, and whether keys still echo fast.
//   node test/bench/terminal-scale.ts [LABS] [FILE.json]
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { FakeNetwork, page } from '../integration/workspaces/fake-network.ts';
import { Labs } from '../integration/workspaces/lab.ts';
import { TerminalReader } from '../integration/terminals/terminal-reader.ts';

const KEYS_PER_LAB = 10;

function at(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Memory of the processes that `match`, shared pages counted in parts, in megabytes. */
function memoryOf(match: (commandLine: string) => boolean): number {
  let kilobytes = 0;
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (match(readFileSync(`/proc/${id}/cmdline`, 'utf8'))) {
        kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
      }
    } catch {
      // It ended while we looked.
    }
  }
  return kilobytes / 1024;
}

async function echo(reader: TerminalReader): Promise<number> {
  const mark = `k${Math.random().toString(36).slice(2, 8)}`;
  const startedAt = performance.now();
  reader.type(mark);
  await reader.until(mark);
  return performance.now() - startedAt;
}

const count = Number(process.argv[2] ?? 200);
const file = process.argv[3];
await using labs = await Labs.open();
await labs.ptyHost.start();
await labs.driver.probe();
const creation: number[] = [];
const prompt: number[] = [];
const readers: TerminalReader[] = [];
const rssBefore = process.memoryUsage().rss;
for (let index = 0; index < count; index++) {
  const network = new FakeNetwork(['10.96.0.0/12']);
  network.publish('10.96.0.1', 443, page('x'));
  const startedAt = performance.now();
  const workspace = await labs.workspace({ id: `lab${index}`, access: { network } });
  creation.push(performance.now() - startedAt);
  const reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
  await reader.until('$ ');
  prompt.push(performance.now() - startedAt);
  readers.push(reader);
  // The next learner comes when this one's sandbox has become reachable.
  await workspace.run(['true'], { timeoutMs: 60_000 });
}
const echoes: number[] = [];
for (let round = 0; round < KEYS_PER_LAB; round++) {
  for (const reader of readers) {
    echoes.push(await echo(reader));
  }
}
const labProcesses = memoryOf((line) => /bwrap|nsenter|--rcfile|trap '' HUP/.test(line));
const figures = {
  machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node.js ${process.version}`,
  labs: count,
  creationMedianMs: at(creation, 0.5),
  creationP99Ms: at(creation, 0.99),
  promptMedianMs: at(prompt, 0.5),
  echoMedianMs: at(echoes, 0.5),
  echoP99Ms: at(echoes, 0.99),
  serverMBPerLab: (process.memoryUsage().rss - rssBefore) / 1e6 / count,
  terminalHostMBPerTerminal: memoryOf((line) => line.includes(labs.dataFolder)) / count,
  labProcessesMBPerLab: labProcesses / count,
};
for (const reader of readers) {
  reader[Symbol.dispose]();
}
for (const [name, value] of Object.entries(figures)) {
  console.log(`${name.padEnd(26)} ${typeof value === 'number' ? Math.round(value * 1000) / 1000 : value}`);
}
if (file) {
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
}
