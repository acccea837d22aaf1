// What `dockside sandbox kubernetes` and `dockside sandbox ecs` have in common: a folder, a simulated machine, one line of JSON, and an end in good order.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Clock, DocksideError, messageOf, SystemClock } from '../base/index.ts';
import { makeFolder } from '../config.ts';
import { createDockerRuntime } from '../embedded/runtime/docker/index.ts';
import { createRuntime } from '../embedded/runtime/index.ts';
import type { Runtime } from '../embedded/runtime/runtime.ts';
import { onInterruption } from './interruption.ts';

export interface SandboxCommandOptions {
  port: number;
  /** Folder of the durable state; without one, it is gone when the command ends. */
  data?: string;
  /** What runs containers: the simulation, or Docker Engine. */
  runtime?: 'simulated' | 'docker';
}

/** What a sandbox is opened with. */
export interface Place {
  clock: Clock;
  runtime: Runtime;
  /** Of the durable state. */
  folder: string;
  /** For files that end with the command. */
  scratch: string;
  listen: { host: string; port: number };
}

/** A sandbox that listens, and what the line of JSON says of it. */
export interface OpenedSandbox {
  stop(): Promise<void>;
  facts: Record<string, unknown>;
}

/** Opens a sandbox, prints one line of JSON when it answers, and runs until interrupted. */
export async function runSandbox(options: SandboxCommandOptions, open: (place: Place) => Promise<OpenedSandbox>): Promise<void> {
  using interruption = onInterruption();
  await using opened = new AsyncDisposableStack();
  const scratch = mkdtempSync(join(tmpdir(), 'dockside-sandbox-'));
  opened.defer(() => rmSync(scratch, { recursive: true, force: true }));
  const folder = resolve(options.data ?? scratch);
  writing(`The folder ${folder} cannot be made`, 'another one with --data', () => makeFolder(folder));
  const clock = new SystemClock();
  const runtime = opened.use(options.runtime === 'docker' ? await createDockerRuntime({ clock }) : createRuntime({ clock }));
  const sandbox = await open({ clock, runtime, folder, scratch, listen: { host: '127.0.0.1', port: options.port } }).catch(
    (error: unknown) => {
      throw portIsTaken(error)
        ? new DocksideError(
            'SERVER_CANNOT_LISTEN',
            `The port ${options.port} is in use: choose another one with --port, or 0 for a free one.`,
            {
              cause: error,
            },
          )
        : error;
    },
  );
  opened.defer(() => sandbox.stop());
  console.log(JSON.stringify({ ...sandbox.facts, data: options.data === undefined ? null : folder, pid: process.pid }));
  await interruption.asked;
}

/** Writes a file that its owner alone can read, with the folders above it. Throws `DATA_NOT_WRITABLE`, which names the option that chose the file. */
export function writePrivateFile(what: string, file: string, text: string, option: string): void {
  writing(`The ${what} ${file} cannot be written`, `another file with ${option}`, () => {
    makeFolder(dirname(file));
    writeFileSync(file, text, { mode: 0o600 });
  });
}

function writing(problem: string, other: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new DocksideError('DATA_NOT_WRITABLE', `${problem} (${messageOf(error)}): name ${other}.`, { cause: error });
  }
}

function portIsTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
