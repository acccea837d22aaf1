// `dockside doctor`: what this machine has for labs, what is missing, and how to get it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SystemClock } from '../base/index.ts';
import type { Config } from '../config.ts';
import { createDrivers } from '../drivers.ts';
import { table } from './output.ts';

const run = promisify(execFile);

interface Program {
  name: string;
  args: readonly string[];
  /** What it is for, as the end of "needed for". */
  purpose: string;
  required: boolean;
  remedy: string;
  /** The version in what it prints; the oldest that is good enough. */
  version: RegExp;
  atLeast?: string;
}

const programs: readonly Program[] = [
  {
    name: 'kubectl',
    args: ['version', '--client'],
    purpose: 'every Kubernetes lab',
    required: true,
    remedy: 'npm start fetches it, or see https://kubernetes.io/docs/tasks/tools/',
    version: /v(\d+\.\d+\.\d+)/,
    atLeast: '1.31.0',
  },
  {
    name: 'bwrap',
    args: ['--version'],
    purpose: 'isolated workspaces on Linux',
    required: process.platform === 'linux',
    remedy: 'sudo apt-get install bubblewrap',
    version: /(\d+\.\d+\.\d+)/,
  },
  {
    name: 'ip',
    args: ['-V'],
    purpose: 'the workspace’s network',
    required: process.platform === 'linux',
    remedy: 'sudo apt-get install iproute2',
    version: /iproute2-(\S+?),/,
  },
  {
    name: 'curl',
    args: ['--version'],
    purpose: 'asking services in a lab',
    required: false,
    remedy: 'sudo apt-get install curl',
    version: /curl (\S+)/,
  },
  {
    name: 'jq',
    args: ['--version'],
    purpose: 'reading JSON in a lab',
    required: false,
    remedy: 'sudo apt-get install jq',
    version: /jq-(\S+)/,
  },
  {
    name: 'aws',
    args: ['--version'],
    purpose: 'Amazon ECS labs',
    required: false,
    remedy: 'sudo apt-get install awscli',
    version: /aws-cli\/(\S+)/,
  },
  {
    name: 'docker',
    args: ['version', '--format', '{{.Server.Version}}'],
    purpose: 'workspaces in containers, and minikube',
    required: false,
    remedy: 'https://docs.docker.com/engine/install/',
    version: /(\S+)/,
  },
  {
    name: 'minikube',
    args: ['version', '--short'],
    purpose: 'labs on a real cluster on this machine',
    required: false,
    remedy: 'https://minikube.sigs.k8s.io/docs/start/',
    version: /v(\S+)/,
  },
];

/** Prints the table. Resolves to whether everything that is required is there. */
export async function doctor(config: Config): Promise<boolean> {
  const rows: string[][] = [['', 'WHAT', 'FOUND', 'FOR', 'HOW TO GET IT']];
  let complete = true;
  rows.push(['ok', 'node', process.version, 'Dockside itself', '']);
  for (const program of programs) {
    const found = await findVersion(program);
    const tooOld = found !== undefined && program.atLeast !== undefined && compareVersions(found, program.atLeast) < 0;
    const good = found !== undefined && !tooOld;
    complete &&= good || !program.required;
    const mark = good ? 'ok' : program.required ? 'MISSING' : '-';
    const shown = found === undefined ? 'not found' : tooOld ? `${found}, too old: ${program.atLeast} or newer is needed` : found;
    rows.push([mark, program.name, shown, program.purpose, good ? '' : program.remedy]);
  }
  await using drivers = createDrivers(config, { clock: new SystemClock(), warn() {} });
  for (const { what, availability } of await drivers.probe()) {
    const shown = availability.ready ? 'ready' : availability.reason;
    rows.push([availability.ready ? 'ok' : '-', what, shown, '', availability.ready ? '' : availability.remedy]);
  }
  console.log(table(rows));
  return complete;
}

async function findVersion({ name, args, version }: Program): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(name, [...args], { timeout: 10_000 });
    return version.exec(stdout + stderr)?.[1] ?? 'an unknown version';
  } catch {
    return undefined;
  }
}

/** Negative, zero or positive, as `a` is older than, equal to or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let part = 0; part < 3; part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}
