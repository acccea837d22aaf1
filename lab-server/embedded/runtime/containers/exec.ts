// Runs one more command in a running container: `kubectl exec`, `aws ecs execute-command`, exec probes.
import { Pipe } from '../processes/byte-stream.ts';
import { ExecutableError } from '../processes/executables.ts';
import type { Machine } from '../processes/machine.ts';
import { pumpInto, sinkInto } from '../processes/node-streams.ts';
import { OpenFile } from '../processes/open-file.ts';
import { SIGHUP, SIGKILL } from '../processes/signals.ts';
import { ForkFailed, spawn } from '../processes/spawn.ts';
import type { ContainerSpec, ExecOptions } from '../runtime.ts';
import { execErrorOf } from './start-error.ts';
import { connectTerminal } from './terminal-session.ts';
import { identityOf, withHome } from './users.ts';

interface Streams {
  descriptors: ReadonlyMap<number, OpenFile>;
  /** Told the process group once there is one. */
  started(group: number): void;
  close(): void;
}

/** Resolves with the exit code; 128 + signal when a signal ended it. Throws ExecNotFound. */
export async function runExec(
  machine: Machine,
  options: ExecOptions,
  container: { env: ReadonlyMap<string, string>; spec: ContainerSpec },
): Promise<number> {
  const { spec } = container;
  const user = spec.user ?? spec.image.user;
  const identity = (await identityOf(machine.files, user === '' ? '0' : user)) ?? { uid: 0, gid: 0 };
  const asked = new Map([...container.env, ...(options.tty ? [['TERM', 'xterm'] as const] : []), ...Object.entries(options.env ?? {})]);
  const env = await withHome(machine.files, asked, identity);
  const streams = options.tty ? terminalStreams(machine, options) : plainStreams(options);
  try {
    const process = await spawn(machine, {
      argv: options.command,
      env,
      cwd: spec.workingDir ?? spec.image.workingDir,
      identity,
      descriptors: streams.descriptors,
      parentPid: 0,
    });
    streams.started(process.processGroup);
    const leave = (): void => {
      if (options.tty) {
        // A terminal that goes away hangs up on everything that runs in it.
        for (const other of machine.processes) {
          if (other.processGroup === process.processGroup) {
            other.deliver(SIGHUP);
          }
        }
      }
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
    throw error instanceof ExecutableError || error instanceof ForkFailed ? execErrorOf(error) : error;
  } finally {
    streams.close();
    for (const file of streams.descriptors.values()) {
      file.release();
    }
  }
}

function plainStreams(options: ExecOptions): Streams {
  const pumping = new AbortController();
  const stdin = new Pipe();
  if (options.stdin) {
    void pumpInto(options.stdin, stdin.writer, pumping.signal);
  } else {
    stdin.close();
  }
  return {
    descriptors: new Map([
      [0, new OpenFile({ source: stdin.reader })],
      [1, new OpenFile({ sink: sinkInto(options.stdout) })],
      [2, new OpenFile({ sink: sinkInto(options.stderr) })],
    ]),
    started: () => undefined,
    close: () => pumping.abort(),
  };
}

function terminalStreams(machine: Machine, options: ExecOptions): Streams {
  const session = connectTerminal(machine, sinkInto(options.stdout));
  const stop = session.serve({ stdin: options.stdin, sizes: options.sizes });
  const file = new OpenFile({ source: session.terminal.source, sink: session.terminal.sink, terminal: session.terminal });
  return {
    descriptors: new Map([
      [0, file],
      [1, file.retain()],
      [2, file.retain()],
    ]),
    started: (group) => {
      session.terminal.foregroundGroup = group;
    },
    close: stop,
  };
}
