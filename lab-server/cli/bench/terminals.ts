// Terminals and workspaces: what they cost, how they hold up in number, and what stands beside them in the same run.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { spawn } from 'node-pty';
import { z } from 'zod';
import { SystemClock } from '../../base/index.ts';
import { createDrivers } from '../../drivers.ts';
import type { Terminal } from '../../terminals/index.ts';
import { figureOf } from './figures.ts';
import { Learner, type LearnerStream } from './learner.ts';
import type { Scenario } from './scenario.ts';

const PEERS = fileURLToPath(new URL('../../../test/bench/terminal-peers', import.meta.url));
const EXERCISE = 'nginx-on-kubernetes';
const WORKSPACES = 40;
const TERMINALS_PER_WORKSPACE = 10;
const IDLE_WORKSPACES = 5;
const MANY_LABS = 200;
const KEYS_PER_LAB = 10;
const DISCONNECTS = 1000;
const FLOOD_MEGABYTES = 200;
/** The server takes so many requests for labs a minute from one address. */
const BETWEEN_LABS_MS = 1_050;

export const workspaceCreation: Scenario = async ({ config }) => {
  // Apart from the server's own data folder, so that nothing else is in the way.
  const own = { ...config, dataFolder: join(config.dataFolder, 'apart') };
  await using drivers = createDrivers(own, { clock: new SystemClock(), warn() {} });
  const driver = await drivers.chooseWorkspace();
  await drivers.ptyHost.start();
  const create = (id: string): ReturnType<typeof driver.create> =>
    driver.create(
      { labId: id, folder: join(own.dataFolder, id), files: { 'a.yaml': 'kind: Pod\n' }, access: [], limits: config.workspaceLimits },
      new AbortController().signal,
    );
  const samples: number[] = [];
  for (let round = 0; round <= WORKSPACES; round += 1) {
    const startedAt = performance.now();
    const workspace = await create(`w${round}`);
    samples.push(performance.now() - startedAt);
    await workspace.close();
  }
  const perTerminal = await idleTerminals(create, await drivers.ptyHost.processId());
  await drivers.ptyHost.shutdown();
  return [
    // The first prepares what all share.
    figureOf('workspace creation', 'ms', samples.slice(1), 60),
    figureOf('server and pty host memory per idle terminal with its buffer', 'MB', [perTerminal], 6),
  ];
};

/** Growth of this process and of the pty host, for each terminal that has printed more than its buffer keeps and is read by one reader. */
async function idleTerminals(
  create: (id: string) => ReturnType<Awaited<ReturnType<ReturnType<typeof createDrivers>['chooseWorkspace']>>['create']>,
  ptyHost: number,
): Promise<number> {
  const workspaces = await Promise.all(Array.from({ length: IDLE_WORKSPACES }, (_, index) => create(`idle${index}`)));
  const before = process.memoryUsage.rss() + residentBytes(ptyHost);
  for (const workspace of workspaces) {
    for (let count = 0; count < TERMINALS_PER_WORKSPACE; count += 1) {
      await filled(await workspace.openTerminal({ cols: 120, rows: 30 }));
    }
  }
  await pause(2_000);
  const after = process.memoryUsage.rss() + residentBytes(ptyHost);
  await Promise.all(workspaces.map((workspace) => workspace.close()));
  return (after - before) / (IDLE_WORKSPACES * TERMINALS_PER_WORKSPACE) / 1e6;
}

async function filled(terminal: Terminal): Promise<void> {
  terminal.write(Buffer.from("seq 500000; echo the-e''nd\r"));
  const attachment = terminal.attach(0);
  let tail = '';
  for await (const { sequence, data } of attachment) {
    attachment.acknowledge(sequence + data.length);
    tail = (tail + Buffer.from(data).toString('latin1')).slice(-200);
    if (tail.includes('the-end')) {
      return;
    }
  }
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/** Whole labs, cluster included, each with a shell; then a key in each, one after the other. */
export const manyLabs: Scenario = async ({ url }) => {
  const open: { learner: Learner; id: string; stream: LearnerStream }[] = [];
  for (let count = 0; count < MANY_LABS; count += 1) {
    const learner = new Learner(url);
    const startedAt = performance.now();
    const lab = await learner.openLab(EXERCISE);
    const stream = await learner.stream(lab.id);
    await stream.message((message) => message.type === 'lab.state' && message.state === 'ready');
    const prompt = stream.outputHolding('$ ');
    await stream.openTerminal();
    await prompt;
    open.push({ learner, id: lab.id, stream });
    await pause(Math.max(0, BETWEEN_LABS_MS - (performance.now() - startedAt)));
  }
  const samples: number[] = [];
  for (let round = 0; round < KEYS_PER_LAB; round += 1) {
    for (const { stream } of open) {
      const startedAt = performance.now();
      const seen = new Promise<void>((resolve) => {
        stream.onOutput = () => resolve();
      });
      stream.type('x');
      await seen;
      samples.push(performance.now() - startedAt);
    }
  }
  for (const { learner, id, stream } of open) {
    stream[Symbol.dispose]();
    await learner.closeLab(id);
  }
  return [figureOf(`keystroke echo with ${MANY_LABS} labs open`, 'ms', samples, 20, 20)];
};

/** Cuts the connection in the midst of output; what comes after must begin at the very next byte. */
export const disconnects: Scenario = async ({ url }) => {
  const learner = new Learner(url);
  const lab = await learner.openLab(EXERCISE);
  let stream = await learner.stream(lab.id);
  await stream.message((message) => message.type === 'lab.state' && message.state === 'ready');
  const terminal = await stream.openTerminal();
  stream.type('stty -echo; exec yes 0123456789\r');
  let wrong = 0;
  const expected = new Sequence();
  for (let count = 0; count < DISCONNECTS; count += 1) {
    const pieces = 1 + (count % 5);
    await stream.frames(pieces, (sequence, size) => (wrong += expected.take(sequence, size)));
    stream[Symbol.dispose]();
    stream = await learner.stream(lab.id);
    await stream.attachTerminal(terminal, expected.next);
  }
  stream[Symbol.dispose]();
  await learner.closeLab(lab.id);
  return [
    figureOf(`bytes lost or doubled over ${DISCONNECTS} forced disconnects (${Math.round(expected.next / 1e6)} MB)`, 'bytes', [wrong], 0),
  ];
};

/** Which byte comes next. */
class Sequence {
  next = 0;

  /** How many bytes were lost or doubled before this piece. */
  take(sequence: number, size: number): number {
    const wrong = Math.abs(sequence - this.next);
    this.next = sequence + size;
    return wrong;
  }
}

/** Output of a pty of this process, without server or browser. */
export async function rawThroughput(): Promise<number> {
  const bytes = FLOOD_MEGABYTES * 1024 * 1024;
  const pty = spawn('/bin/sh', ['-c', `stty raw -echo; head -c ${bytes} /dev/zero | tr '\\0' x; sleep 1`], { encoding: null });
  const startedAt = performance.now();
  let received = 0;
  await new Promise<void>((resolve) => {
    pty.onData((data) => {
      received += data.length;
      if (received >= bytes) {
        resolve();
      }
    });
  });
  const seconds = (performance.now() - startedAt) / 1000;
  pty.kill();
  return bytes / 1e6 / seconds;
}

/** Wetty, a terminal in the browser on node-pty as well. It is a dependency of this measurement alone. */
export const terminalPeer: Scenario = async () => {
  if (!existsSync(join(PEERS, 'node_modules', 'wetty'))) {
    console.error('wetty is not installed (npm ci --prefix test/bench/terminal-peers brings it): nothing stands beside the terminals.');
    return [];
  }
  if (process.getuid?.() !== 0) {
    console.error('wetty runs a shell without ssh for root alone: nothing stands beside the terminals.');
    return [];
  }
  const { stdout } = await promisify(execFile)(process.execPath, [join(PEERS, 'wetty.mjs')]);
  const { echo, flow } = z.object({ echo: z.array(z.number()), flow: z.number() }).parse(JSON.parse(stdout));
  return [figureOf('wetty: keystroke echo', 'ms', echo), figureOf('wetty: output', 'MB/s', [flow])];
};
