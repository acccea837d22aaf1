// Parts of a script that run as processes of their own: pipelines, background jobs, subshells, substitutions.
import { Pipe, readAll } from '../processes/byte-stream.ts';
import { OpenFile } from '../processes/open-file.ts';
import type { Process } from '../processes/process.ts';
import { SIGINT } from '../processes/signals.ts';
import { fork } from '../processes/spawn.ts';
import type { Interpreter } from './interpreter.ts';
import { redirect } from './redirections.ts';
import { announceDeath, explain, FORK_MS } from './command-effects.ts';
import type { Job } from './state.ts';
import type { CompoundCommand, PipelineNode, ScriptNode, StatementNode } from './syntax.ts';

/** Output that a command substitution may hold. */
const MAX_SUBSTITUTION_BYTES = 16 * 1024 * 1024;

export function startPipes(shell: Interpreter, pipeline: PipelineNode): Process[] {
  const { process } = shell.state;
  const processes: Process[] = [];
  let input: OpenFile | undefined;
  for (const [index, command] of pipeline.commands.entries()) {
    const descriptors = new Map(process.descriptors);
    if (input) {
      descriptors.set(0, input);
    }
    let output: OpenFile | undefined;
    let nextInput: OpenFile | undefined;
    if (index < pipeline.commands.length - 1) {
      const pipe = new Pipe();
      output = new OpenFile({ sink: pipe.writer });
      nextInput = new OpenFile({ source: pipe.reader });
      descriptors.set(1, output);
      if (pipeline.pipeStderr?.[index]) {
        descriptors.set(2, output);
      }
    }
    try {
      processes.push(forkSubshell(shell, (child) => child.runLast(command), descriptors));
    } catch (error) {
      nextInput?.release();
      throw error;
    } finally {
      input?.release();
      output?.release();
    }
    input = nextInput;
  }
  return processes;
}

/** Every command of a pipeline is a process of its own, as in a real shell. */
export async function runPipes(shell: Interpreter, pipeline: PipelineNode): Promise<number> {
  let processes: Process[];
  try {
    processes = startPipes(shell, pipeline);
  } catch (error) {
    return explain(shell, error);
  }
  const statuses = await waitForAll(shell, processes);
  shell.state.variables.setArray('PIPESTATUS', new Map(statuses.map((status, index) => [String(index), String(status)])));
  const failed = shell.state.options.pipefail ? statuses.findLast((status) => status !== 0) : undefined;
  return failed ?? statuses.at(-1) ?? 0;
}

export async function waitForAll(shell: Interpreter, processes: readonly Process[]): Promise<number[]> {
  const exits = await waiting(shell, Promise.all(processes.map((process) => process.exited)));
  await announceDeath(shell, exits.at(-1));
  return exits.map((exit) => exit.exitCode);
}

/** Waits for something that is not tied to shell process's life. */
export function waiting<T>(shell: Interpreter, promise: Promise<T>): Promise<T> {
  const { signal } = shell.state.process;
  return new Promise((resolve, reject) => {
    const abandon = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abandon, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
  });
}

/** A job in the background: a subshell whose end nobody waits for yet. */
export function startBackground(shell: Interpreter, statement: StatementNode): void {
  const { state } = shell;
  const foreground = { ...statement, background: false };
  const descriptors = new Map(state.process.descriptors);
  // Without job control a background command reads nothing.
  const empty = new OpenFile({});
  if (!state.interactive) {
    descriptors.set(0, empty);
  }
  const text = (statement.sourceText ?? '').replace(/\s*&\s*$/, '');
  const process = forkSubshell(shell, async (child) => child.runStatements([foreground]), descriptors, {
    ignoresInterrupt: !state.interactive,
  });
  empty.release();
  const number = Math.max(0, ...state.jobs.map((job) => job.number)) + 1;
  const job: Job = { number, processes: [process], text, status: undefined };
  void process.exited.then((exit) => {
    job.status = exit.exitCode;
  });
  state.jobs = [...state.jobs, job];
  state.lastBackground = process.pid;
  state.lastStatus = 0;
  if (state.interactive) {
    void state.process.complain(`[${number}] ${process.pid}\n`).catch(() => undefined);
  }
}

/** Runs part of the script in a copy of shell shell that is a process of its own. */
export function forkSubshell(
  shell: Interpreter,
  run: (child: Interpreter) => Promise<number>,
  descriptors: ReadonlyMap<number, OpenFile>,
  options: { ignoresInterrupt?: boolean } = {},
): Process {
  const { state } = shell;
  const parent = state.process;
  return fork(
    parent.machine,
    {
      argv: parent.argv,
      env: parent.env,
      cwd: parent.cwd,
      identity: parent.identity,
      descriptors,
      parentPid: parent.pid,
      processGroup: parent.processGroup,
      ignoredSignals: [
        ...[...state.traps].filter(([, command]) => command === '').map(([signal]) => signal),
        ...(options.ignoresInterrupt ? [SIGINT] : []),
      ],
    },
    parent.executable,
    async (process) => {
      const child = shell.subshell(process);
      await process.spend(FORK_MS);
      return child.runToEnd(() => run(child));
    },
  );
}

export async function runSubshell(shell: Interpreter, command: Extract<CompoundCommand, { type: 'Subshell' }>): Promise<number> {
  const redirected = await redirect(shell, shell.state.process.descriptors, command.redirections);
  const child = forkSubshell(shell, (interpreter) => interpreter.runStatements(command.body), redirected.descriptors);
  redirected.release();
  const exit = await waiting(shell, child.exited);
  return exit.exitCode;
}

export async function substitute(shell: Interpreter, script: ScriptNode): Promise<string> {
  const { process } = shell.state;
  const pipe = new Pipe();
  const output = new OpenFile({ sink: pipe.writer });
  const child = forkSubshell(shell, (interpreter) => interpreter.runScript(script), new Map([...process.descriptors, [1, output]]));
  output.release();
  const bytes = await readAll(pipe.reader, process.signal, MAX_SUBSTITUTION_BYTES);
  pipe.closeReading();
  const exit = await waiting(shell, child.exited);
  shell.state.substitutionStatus = exit.exitCode;
  shell.state.lastStatus = exit.exitCode;
  return bytes.toString('utf8').replaceAll('\0', '').replace(/\n+$/, '');
}

export async function substituteProcess(shell: Interpreter, script: ScriptNode, direction: 'input' | 'output'): Promise<string> {
  const { process } = shell.state;
  const pipe = new Pipe();
  const [inner, outer] =
    direction === 'input'
      ? [new OpenFile({ sink: pipe.writer }), new OpenFile({ source: pipe.reader })]
      : [new OpenFile({ source: pipe.reader }), new OpenFile({ sink: pipe.writer })];
  forkSubshell(
    shell,
    (interpreter) => interpreter.runScript(script),
    new Map([...process.descriptors, [direction === 'input' ? 1 : 0, inner]]),
  );
  inner.release();
  const number = Math.max(62, ...process.descriptors.keys()) + 1;
  process.descriptors.set(number, outer);
  return `/dev/fd/${number}`;
}
