// What is measured. Each scenario gets a server of its own kind on a data folder of its own, and gives figures.
import { setTimeout as pause } from 'node:timers/promises';
import { spawn } from 'node-pty';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../base/index.ts';
import type { Config } from '../../config.ts';
import { EmbeddedKubernetesDriver } from '../../sandboxes/embedded-kubernetes/index.ts';
import { ClusterApi } from '../../sandboxes/kubeconfig/cluster-api.ts';
import { endpointFromKubeconfig } from '../../sandboxes/kubeconfig-endpoint.ts';
import type { Sandbox } from '../../sandboxes/sandbox.ts';
import { ecsApi } from './ecs.ts';
import { type Figure, figureOf } from './figures.ts';
import { kubernetesApi } from './kubernetes.ts';
import { Learner, type LearnerStream } from './learner.ts';
import { clusterMemory, peer } from './peer.ts';
import { disconnects, manyLabs, rawThroughput, terminalPeer, workspaceCreation } from './terminals.ts';
import { type BenchServer, deploymentOf, type Scenario } from './scenario.ts';

const EXERCISE = 'nginx-on-kubernetes';
const PROMPT = '$ ';

/** The pool's spare cluster thread loads in the background; a learner opens labs further apart than this. */
const SETTLE_MS = 4000;
/** An open cluster gives back what opening needed after five seconds. */
const COMPACTED_MS = 8000;

async function labToPrompt({ url }: BenchServer): Promise<Figure[]> {
  const samples: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    await pause(SETTLE_MS);
    const learner = new Learner(url);
    const startedAt = performance.now();
    const lab = await learner.openLab(EXERCISE);
    using stream = await learner.stream(lab.id);
    await stream.message((message) => message.type === 'lab.state' && message.state === 'ready');
    const prompt = stream.outputHolding(PROMPT);
    await stream.openTerminal();
    await prompt;
    samples.push(performance.now() - startedAt);
    await learner.closeLab(lab.id);
  }
  return [figureOf('lab request to shell prompt', 'ms', samples, 300)];
}

async function clusterReady({ config }: BenchServer): Promise<Figure[]> {
  await using driver = new EmbeddedKubernetesDriver({ clock: new SystemClock(), memoryMb: config.sandboxMemoryMb });
  const warm: number[] = [];
  let cold = 0;
  for (let round = 0; round < 12; round += 1) {
    const startedAt = performance.now();
    const sandbox = await openSandbox(driver, config, `ready${round}`);
    if (round === 0) {
      cold = performance.now() - startedAt;
    } else {
      warm.push(performance.now() - startedAt);
    }
    await sandbox.close();
    await pause(SETTLE_MS);
  }
  return [figureOf('embedded cluster ready', 'ms', warm, 50), figureOf('embedded cluster ready, no spare thread', 'ms', [cold])];
}

async function applyToAvailable({ config }: BenchServer): Promise<Figure[]> {
  await using driver = new EmbeddedKubernetesDriver({ clock: new SystemClock(), memoryMb: config.sandboxMemoryMb });
  const sandbox = await openSandbox(driver, config, 'apply');
  const kubeconfig = sandbox.access().hostFiles?.['.kube/config']?.content ?? '';
  const api = new ClusterApi(endpointFromKubeconfig(kubeconfig));
  const samples: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const name = `nginx-${round}`;
    const abort = new AbortController();
    const startedAt = performance.now();
    await api.expect('POST', '/apis/apps/v1/namespaces/default/deployments', deploymentOf(name));
    const query = { platform: 'kubernetes', apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name } as const;
    for await (const { document } of sandbox.state.changes(query, abort.signal)) {
      if ((document as { status?: { availableReplicas?: number } }).status?.availableReplicas === 3) {
        break;
      }
    }
    samples.push(performance.now() - startedAt);
    abort.abort();
  }
  await sandbox.close();
  // The first round pulls the image; the promise is about images that are there.
  return [
    figureOf('3 replicas applied to available', 'ms', samples.slice(1), 500),
    figureOf('the same with the image pull', 'ms', samples.slice(0, 1)),
  ];
}

async function echo({ url }: BenchServer): Promise<Figure[]> {
  const learner = new Learner(url);
  const lab = await learner.openLab(EXERCISE);
  using stream = await openShell(learner, lab.id);
  await runIn(stream, 'stty -icanon; cat > /dev/null\r', 200);
  const samples: number[] = [];
  for (let round = 0; round < 1100; round += 1) {
    const startedAt = performance.now();
    await new Promise<void>((resolve) => {
      stream.onOutput = () => resolve();
      stream.type('x');
    });
    samples.push(performance.now() - startedAt);
  }
  await learner.closeLab(lab.id);
  return [
    figureOf('keystroke echo through server and WebSocket', 'ms', samples.slice(100), 0.25, 2),
    figureOf('keystroke echo of a raw pty, same run', 'ms', await rawEcho()),
  ];
}

async function throughput({ url }: BenchServer): Promise<Figure[]> {
  const learner = new Learner(url);
  const lab = await learner.openLab(EXERCISE);
  using stream = await openShell(learner, lab.id);
  const megabytes = 200;
  const samples: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const command = `head -c ${megabytes}M /dev/zero | tr '\\0' x; echo; echo the-e''nd\r`;
    const startedAt = performance.now();
    const ended = stream.outputHolding('the-end');
    stream.type(command);
    await ended;
    samples.push((megabytes * 1.048576) / ((performance.now() - startedAt) / 1000));
  }
  await learner.closeLab(lab.id);
  return [
    figureOf('output through server and WebSocket', 'MB/s', samples, 60),
    figureOf('output of a raw pty, same run', 'MB/s', [await rawThroughput()]),
  ];
}

async function memory({ url }: BenchServer): Promise<Figure[]> {
  const labs = 10;
  const learners = Array.from({ length: labs + 1 }, () => new Learner(url));
  const streams: LearnerStream[] = [];
  const opened: { learner: Learner; id: string }[] = [];
  let before = 0;
  for (const learner of learners) {
    const lab = await learner.openLab(EXERCISE);
    opened.push({ learner, id: lab.id });
    streams.push(await openShell(learner, lab.id));
    if (opened.length === 1) {
      // The first lab brings what all labs share.
      await pause(COMPACTED_MS);
      before = process.memoryUsage.rss();
    }
  }
  await pause(COMPACTED_MS);
  const perLab = (process.memoryUsage.rss() - before) / labs / 1e6;
  streams.forEach((stream) => stream[Symbol.dispose]());
  for (const { learner, id } of opened) {
    await learner.closeLab(id);
  }
  return [figureOf('server memory per open lab', 'MB', [perLab], 25)];
}

/** By the name they are asked for. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'cluster-ready': clusterReady,
  'apply-to-available': applyToAvailable,
  'kubernetes-api': kubernetesApi,
  'ecs-api': ecsApi,
  'cluster-memory': clusterMemory,
  peer,
  'lab-to-prompt': labToPrompt,
  'workspace-creation': workspaceCreation,
  echo,
  throughput,
  'terminal-peer': terminalPeer,
  disconnects,
  memory,
  'many-labs': manyLabs,
};

async function openSandbox(driver: EmbeddedKubernetesDriver, config: Config, id: string): Promise<Sandbox> {
  const folder = join(config.dataFolder, id);
  mkdirSync(folder, { recursive: true });
  return driver.open({ labId: id, folder }, () => {}, new AbortController().signal);
}

async function openShell(learner: Learner, id: string): Promise<LearnerStream> {
  const stream = await learner.stream(id);
  await stream.message((message) => message.type === 'lab.state' && message.state === 'ready');
  const prompt = stream.outputHolding(PROMPT);
  await stream.openTerminal();
  await prompt;
  return stream;
}

async function runIn(stream: LearnerStream, command: string, waitMs: number): Promise<void> {
  stream.type(command);
  await pause(waitMs);
}

async function rawEcho(): Promise<number[]> {
  const pty = spawn('/bin/sh', ['-c', 'stty -icanon; cat > /dev/null'], { cols: 120, rows: 30, encoding: null });
  await pause(200);
  const samples: number[] = [];
  let resolve = (): void => {};
  pty.onData(() => resolve());
  for (let round = 0; round < 1100; round += 1) {
    const startedAt = performance.now();
    await new Promise<void>((done) => {
      resolve = done;
      pty.write('x');
    });
    samples.push(performance.now() - startedAt);
  }
  pty.kill();
  return samples.slice(100);
}
