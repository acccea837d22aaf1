// Runs one of just-bash's commands (grep, sed, awk, sort, …) as a program of a container: bytes in, bytes out.
import type { CommandName } from 'just-bash';
import { createMemoryFileSystem } from '../files/memory-file-system.ts';
import { VirtualFileSystem } from '../files/virtual-file-system.ts';
import { NOTHING, readAll } from '../processes/byte-stream.ts';
import { openSource } from '../processes/open.ts';
import type { Process } from '../processes/process.ts';
import type { Program } from '../processes/program.ts';
import { LineBatches } from './line-batches.ts';

/** Input that a command may hold; these commands work on the whole of it. */
const MAX_INPUT_BYTES = 32 * 1024 * 1024;
/** Processor time per kilobyte of input, in milliseconds. */
const CPU_MS_PER_KILOBYTE = 0.02;

/** Where the content of descriptors named on the command line (`/dev/fd/63`) is put for a command that only knows files. */
const DESCRIPTORS = '/.descriptors';

/** Bounds for one command: a learner's mistake ends with a message, not with a stalled simulation. */
const LIMITS = {
  maxExecutionTimeMs: 10_000,
  maxOutputSize: 64 * 1024 * 1024,
  maxInputBytes: 64 * 1024 * 1024,
  maxAwkIterations: 1_000_000,
  maxSedIterations: 1_000_000,
};

export interface CommandTraits {
  /** Whether the command reads standard input with these arguments. */
  readsInput(args: readonly string[]): boolean;
  /** Whether it may be run on the input piece by piece, as its lines come (`tail -f log | grep error`). */
  byLine?(args: readonly string[]): boolean;
  /** The arguments without what just-bash's command does not know and need not. */
  prepare?(args: readonly string[]): string[];
}

export function justBashCommand(name: CommandName, traits: CommandTraits): Program {
  return async (process) => {
    const args = traits.prepare?.(process.argv.slice(1)) ?? process.argv.slice(1);
    if (!traits.readsInput(args)) {
      return runOnce(process, name, args, new Uint8Array(0));
    }
    const source = process.stdin ?? NOTHING;
    if (!traits.byLine?.(args)) {
      return runOnce(process, name, args, await readAll(source, process.signal, MAX_INPUT_BYTES));
    }
    let status = 1;
    for await (const batch of new LineBatches(source, process.signal)) {
      const code = await runOnce(process, name, args, batch);
      if (code === 0) {
        status = 0;
      } else if (code > 1) {
        return code;
      }
    }
    // A filter that prints every line (`sed`, `cut`) succeeds on empty input; grep found nothing.
    return name === 'grep' || name === 'egrep' || name === 'fgrep' ? status : 0;
  };
}

async function runOnce(process: Process, name: CommandName, args: readonly string[], input: Uint8Array): Promise<number> {
  const { Bash } = await import('just-bash');
  await process.spend(0.5 + (input.byteLength / 1024) * CPU_MS_PER_KILOBYTE);
  const { files, argv } = await withDescriptorFiles(process, args);
  const bash = new Bash({
    fs: files,
    cwd: process.cwd,
    commands: name === 'find' ? undefined : [name],
    executionLimits: LIMITS,
    sleep: (milliseconds) => process.sleep(milliseconds),
    // Nothing a learner writes is ever evaluated as JavaScript here, and the patched globals slow down everything else in the worker.
    defenseInDepth: false,
  });
  const result = await bash.exec(name, {
    args: argv,
    env: Object.fromEntries(process.env),
    replaceEnv: true,
    cwd: process.cwd,
    stdin: Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('latin1'),
    stdinKind: 'bytes',
    signal: process.signal,
  });
  process.signal.throwIfAborted();
  const isBytes = result.stdoutKind === 'bytes' || result.stdoutEncoding === 'binary';
  const named = (text: string): string => (files === process.machine.files ? text : text.replaceAll(`${DESCRIPTORS}/`, '/dev/fd/'));
  await process.print(Buffer.from(named(result.stdout), isBytes ? 'latin1' : 'utf8'));
  await process.complain(named(result.stderr).replace(/^bash: /gm, ''));
  return result.exitCode;
}

/** just-bash's commands open files by path alone, so a descriptor named as one is read and put where they find it. */
async function withDescriptorFiles(process: Process, args: readonly string[]): Promise<{ files: VirtualFileSystem; argv: string[] }> {
  const { files } = process.machine;
  const named = args.filter((arg) => /^\/(dev\/fd|proc\/self\/fd)\/\d+$/.test(arg) || arg === '/dev/stdin');
  if (named.length === 0) {
    return { files, argv: [...args] };
  }
  const contents = createMemoryFileSystem(process.machine.clock);
  const places = new Map<string, string>();
  for (const name of named) {
    const number = /\d+$/.exec(name)?.[0] ?? '0';
    await contents.writeFile(`/${number}`, await readAll(await openSource(process, name), process.signal, MAX_INPUT_BYTES));
    places.set(name, `${DESCRIPTORS}/${number}`);
  }
  const mounts = [...files.mounts, { path: DESCRIPTORS, files: contents, sourcePath: '/', readOnly: true }];
  return { files: new VirtualFileSystem(files.tree, mounts), argv: args.map((arg) => places.get(arg) ?? arg) };
}
