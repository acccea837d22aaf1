// Runs one more command in a running container: `kubectl exec`, `aws ecs execute-command`, exec probes.
import { OpenFile } from '../processes/open-file.ts';
import { ExecutableError } from '../processes/executables.ts';
import { Pipe } from '../processes/byte-stream.ts';
import type { Machine } from '../processes/machine.ts';
import { pumpInto, sinkInto } from '../processes/node-streams.ts';
import { SIGHUP, SIGKILL } from '../processes/signals.ts';
import { spawn } from '../processes/spawn.ts';
import type { ContainerSpec, ExecOptions } from '../runtime.ts';
import { execErrorOf } from './start-error.ts';
import { identityOf } from './users.ts';

/** Resolves with the exit code; 128 + signal when a signal ended it. Throws ExecNotFound. */
export async function runExec(
  machine: Machine,
  options: ExecOptions,
  container: { env: ReadonlyMap<string, string>; spec: ContainerSpec },
): Promise<number> {
  const { spec } = container;
  const user = spec.user ?? spec.image.user;
  const identity = (await identityOf(machine.files, user === '' ? '0' : user)) ?? { uid: 0, gid: 0 };
  const env = new Map([...container.env, ...Object.entries(options.env ?? {})]);
  const pumping = new AbortController();
  const descriptors = plainDescriptors(options, pumping.signal);
  try {
    const process = await spawn(machine, {
      argv: options.command,
      env,
      cwd: spec.workingDir ?? spec.image.workingDir,
      identity,
      descriptors,
      parentPid: 0,
    });
    const leave = (): void => {
      process.deliver(SIGHUP);
      process.deliver(SIGKILL);
    };
    options.signal.addEventListener('abort', leave, { once: true });
    if (options.signal.aborted) {
      leave();
    }
    const { exitCode } = await process.exited;
    options.signal.removeEventListener('abort', leave);
    return exitCode;
  } catch (error) {
    throw error instanceof ExecutableError ? execErrorOf(error) : error;
  } finally {
    pumping.abort();
    for (const file of descriptors.values()) {
      file.release();
    }
  }
}

function plainDescriptors(options: ExecOptions, signal: AbortSignal): Map<number, OpenFile> {
  const stdin = new Pipe();
  if (options.stdin) {
    void pumpInto(options.stdin, stdin.writer, signal);
  } else {
    stdin.close();
  }
  return new Map([
    [0, new OpenFile({ source: stdin.reader })],
    [1, new OpenFile({ sink: sinkInto(options.stdout) })],
    [2, new OpenFile({ sink: sinkInto(options.stderr) })],
  ]);
}
