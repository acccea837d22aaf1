// A small runtime on a clock that tests move, and ways to run containers and commands in it.
import { PassThrough, Readable } from 'node:stream';
import { ManualClock } from '../../../lab-server/base/index.ts';
import { findProgram, programNames } from '../../../lab-server/embedded/runtime/programs/table.ts';
import { createRuntime, type Container, type ContainerSpec, type Runtime } from '../../../lab-server/embedded/runtime/index.ts';

export interface RuntimeLab extends AsyncDisposable {
  clock: ManualClock;
  runtime: Runtime;
  crashes: unknown[];
  /** Creates a container; it gets an address of its own unless one is given. */
  create(image: string, spec?: Partial<ContainerSpec>): Promise<Container>;
  start(image: string, spec?: Partial<ContainerSpec>): Promise<Container>;
}

export function runtimeLab(options: { pullDelayMs?: number } = {}): RuntimeLab {
  const clock = new ManualClock();
  const crashes: unknown[] = [];
  const runtime = createRuntime({ clock, ...options, onCrash: (error) => crashes.push(error) });
  let next = 10;
  const create = async (image: string, spec: Partial<ContainerSpec> = {}): Promise<Container> => {
    const pulled = await runtime.images.pull(image, new AbortController().signal);
    next += 1;
    return runtime.create({
      name: 'main',
      image: pulled,
      env: {},
      hostname: 'web-0',
      endpoint: spec.endpoint ?? runtime.network.attach(`10.244.0.${next}`),
      ...spec,
    });
  };
  return {
    clock,
    runtime,
    crashes,
    create,
    async start(image, spec) {
      const container = await create(image, spec);
      await container.start();
      await settled();
      return container;
    },
    async [Symbol.asyncDispose]() {
      await runtime[Symbol.asyncDispose]();
      if (crashes.length > 0) {
        throw crashes[0];
      }
    },
  };
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  bytes: Buffer;
}

/** Runs a command in a container to its end. */
export async function run(
  container: Container,
  command: readonly string[],
  options: { stdin?: string | Buffer; signal?: AbortSignal } = {},
): Promise<Ran> {
  const stdout = collector();
  const stderr = collector();
  const code = await container.exec({
    command,
    tty: false,
    stdin: options.stdin === undefined ? undefined : Readable.from([Buffer.from(options.stdin)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: options.signal ?? new AbortController().signal,
  });
  await settled();
  return { code, stdout: stdout.text(), stderr: stderr.text(), bytes: stdout.bytes() };
}

/** Runs a script with the container's sh. */
export function script(container: Container, text: string, options: { stdin?: string; shell?: string } = {}): Promise<Ran> {
  return run(container, [options.shell ?? 'sh', '-c', text], options);
}

export function collector(): { stream: PassThrough; text(): string; bytes(): Buffer } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString(), bytes: () => Buffer.concat(chunks) };
}

/** Programs load when they are first used; tests that stand still in time load them before. */
export async function loadPrograms(): Promise<void> {
  await Promise.all([import('just-bash'), ...programNames().map((name) => findProgram(name))]);
}

/** Lets everything run that needs no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function logOf(container: Container, stream?: 'stdout' | 'stderr'): string[] {
  return container.log
    .lines()
    .filter((line) => stream === undefined || line.stream === stream)
    .map((line) => line.text);
}
