// Runs the syntax tree: lists, pipelines of real processes, compound commands, functions, traps.
import { fork, ForkFailed, loadProgram, spawn } from '../processes/spawn.ts';
import { ExecutableError } from '../processes/executables.ts';
import { OpenFile } from '../processes/open-file.ts';
import { Pipe, readAll } from '../processes/byte-stream.ts';
import type { Process, ProcessExit } from '../processes/process.ts';
import { Exit } from '../processes/program.ts';
import { obituary, SIGINT } from '../processes/signals.ts';
import { matchesGlob } from '../programs/glob.ts';
import { evaluateArithmetic } from './arithmetic.ts';
import type { Builtin, ShellRunner } from './builtins/builtin.ts';
import { findBuiltin } from './builtins/table.ts';
import { assign } from './assignments.ts';
import { evaluateConditional } from './conditional.ts';
import { FatalShellError, FunctionReturn, LoopExit } from './control.ts';
import { commandFailed, commandNotFound, shellMessage } from './dialect.ts';
import { expandParts, expandPattern, expandText, expandWords } from './expansion.ts';
import { ExpansionProblem, type ExpansionHost } from './expansion-host.ts';
import { redirect, RedirectionProblem } from './redirections.ts';
import { cloneState, type Job, type ShellState } from './state.ts';
import { parseScript } from './syntax.ts';
import type { CommandNode, CompoundCommand, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode } from './syntax.ts';
import { ReadOnlyVariable } from './variables.ts';

/** Processor time of a step, in milliseconds: what is done in the shell, and what forks. */
const BUILTIN_MS = 0.02;
const FORK_MS = 0.8;
/** Deeper recursion would use up our own stack. */
const MAX_FUNCTION_DEPTH = 200;
/** Output that a command substitution may hold. */
const MAX_SUBSTITUTION_BYTES = 16 * 1024 * 1024;

export class Interpreter implements ShellRunner {
  readonly state: ShellState;

  constructor(state: ShellState) {
    this.state = state;
  }

  parts(parts: Parameters<ExpansionHost['parts']>[0], quoted: boolean): ReturnType<ExpansionHost['parts']> {
    return expandParts(this, parts, quoted);
  }

  text(word: Parameters<ExpansionHost['text']>[0]): Promise<string> {
    return expandText(this, word);
  }

  pattern(word: Parameters<ExpansionHost['pattern']>[0]): Promise<string> {
    return expandPattern(this, word);
  }

  /** Runs a whole script in this shell; the status of its last command. */
  async runScript(script: ScriptNode): Promise<number> {
    return this.runStatements(script.statements);
  }

  async runStatements(statements: readonly StatementNode[]): Promise<number> {
    for (const statement of statements) {
      await this.#runStatement(statement);
    }
    return this.state.lastStatus;
  }

  async #runStatement(statement: StatementNode): Promise<void> {
    if (statement.background) {
      try {
        this.#startBackground(statement);
      } catch (error) {
        this.state.lastStatus = await this.#explain(error);
      }
      return;
    }
    let status = 0;
    for (const [index, pipeline] of statement.pipelines.entries()) {
      const operator = index === 0 ? undefined : statement.operators[index - 1];
      if ((operator === '&&' && status !== 0) || (operator === '||' && status === 0)) {
        continue;
      }
      const isLast = index === statement.pipelines.length - 1;
      // A pipeline before && or ||, or after !, never ends a shell with `set -e`.
      this.state.inCondition += isLast && !pipeline.negated ? 0 : 1;
      try {
        status = await this.#runPipeline(pipeline);
      } finally {
        this.state.inCondition -= isLast && !pipeline.negated ? 0 : 1;
      }
      this.state.lastStatus = status;
      if (isLast && !pipeline.negated) {
        this.#exitOnError(status);
      }
    }
    await this.runPendingTraps();
  }

  #exitOnError(status: number): void {
    const { state } = this;
    if (status !== 0 && state.options.errexit && state.inCondition === 0) {
      throw new Exit(status);
    }
  }

  /** Traps whose signals came while a command ran. */
  async runPendingTraps(): Promise<void> {
    const { state } = this;
    while (state.pendingTraps.length > 0) {
      const signal = state.pendingTraps.shift() as number;
      await this.runTrap(signal);
    }
  }

  async runTrap(signal: number): Promise<void> {
    const { state } = this;
    const command = state.traps.get(signal);
    if (command === undefined || command === '') {
      return;
    }
    const status = state.lastStatus;
    await this.runScript(await parseScript(command));
    state.lastStatus = status;
  }

  async #runPipeline(pipeline: PipelineNode): Promise<number> {
    const started = this.state.process.machine.clock.now();
    const [first] = pipeline.commands;
    const single = pipeline.commands.length === 1 && first ? first : undefined;
    const status = single ? await this.runCommand(single) : await this.#runPipes(pipeline);
    if (pipeline.timed) {
      const seconds = (this.state.process.machine.clock.now() - started) / 1000;
      const minutes = Math.floor(seconds / 60);
      await this.state.process.complain(`\nreal\t${minutes}m${(seconds % 60).toFixed(3)}s\nuser\t0m0.000s\nsys\t0m0.000s\n`);
    }
    return pipeline.negated ? Number(status === 0) : status;
  }

  /** Every command of a pipeline is a process of its own, as in a real shell. */
  async #runPipes(pipeline: PipelineNode): Promise<number> {
    let processes: Process[];
    try {
      processes = this.#startPipes(pipeline);
    } catch (error) {
      return this.#explain(error);
    }
    const statuses = await this.#waitForAll(processes);
    this.state.variables.setArray('PIPESTATUS', new Map(statuses.map((status, index) => [String(index), String(status)])));
    const failed = this.state.options.pipefail ? statuses.findLast((status) => status !== 0) : undefined;
    return failed ?? statuses.at(-1) ?? 0;
  }

  #startPipes(pipeline: PipelineNode): Process[] {
    const { process } = this.state;
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
        processes.push(this.#forkSubshell((child) => child.runLast(command), descriptors));
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

  async #waitForAll(processes: readonly Process[]): Promise<number[]> {
    const exits = await this.#waiting(Promise.all(processes.map((process) => process.exited)));
    await this.#announceDeath(exits.at(-1));
    return exits.map((exit) => exit.exitCode);
  }

  /** Waits for something that is not tied to this process's life. */
  #waiting<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.state.process;
    return new Promise((resolve, reject) => {
      const abandon = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', abandon, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
    });
  }

  /** A job in the background: a subshell whose end nobody waits for yet. */
  #startBackground(statement: StatementNode): void {
    const { state } = this;
    const foreground = { ...statement, background: false };
    const descriptors = new Map(state.process.descriptors);
    // Without job control a background command reads nothing.
    const empty = new OpenFile({});
    if (!state.interactive) {
      descriptors.set(0, empty);
    }
    const text = (statement.sourceText ?? '').replace(/\s*&\s*$/, '');
    const process = this.#forkSubshell(async (child) => child.runStatements([foreground]), descriptors, {
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

  /** Runs part of the script in a copy of this shell that is a process of its own. */
  #forkSubshell(
    run: (child: Interpreter) => Promise<number>,
    descriptors: ReadonlyMap<number, OpenFile>,
    options: { ignoresInterrupt?: boolean } = {},
  ): Process {
    const { state } = this;
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
        const child = new Interpreter(cloneState(state, process));
        await process.spend(FORK_MS);
        return child.runToEnd(() => run(child));
      },
    );
  }

  /** Runs something as the whole life of this shell: catches what ends it, and runs the EXIT trap. */
  async runToEnd(run: () => Promise<number>): Promise<number> {
    let status: number;
    try {
      status = await run();
    } catch (error) {
      status = this.statusOf(error);
    }
    this.state.lastStatus = status;
    if (this.state.traps.has(0)) {
      try {
        await this.runTrap(0);
      } catch (error) {
        status = this.statusOf(error);
      }
    }
    return status;
  }

  /** The status of a shell that something ended; anything else is thrown on. */
  statusOf(error: unknown): number {
    if (error instanceof Exit) {
      return error.code;
    }
    if (error instanceof FatalShellError) {
      return error.status;
    }
    if (error instanceof FunctionReturn) {
      return error.status;
    }
    if (error instanceof LoopExit) {
      return 0;
    }
    throw error;
  }

  /** Runs the last command of a shell: a program then takes the shell's place, as shells spare themselves a fork. */
  async runLast(command: CommandNode): Promise<number> {
    const { state } = this;
    const name = command.type === 'SimpleCommand' ? command.name?.parts : undefined;
    const [only] = name ?? [];
    const isProgram = name?.length === 1 && only?.type === 'Literal' && !state.functions.has(only.value) && !this.isBuiltin(only.value);
    if (command.type !== 'SimpleCommand' || !isProgram || state.traps.size > 0) {
      return this.runCommand(command);
    }
    try {
      const words = await expandWords(this, [...(command.name ? [command.name] : []), ...command.args]);
      await this.#trace(command, words);
      return await this.#runExec(command, words);
    } catch (error) {
      return this.#explain(error);
    }
  }

  async runCommand(command: CommandNode): Promise<number> {
    if (command.line !== undefined && command.line > 0) {
      this.state.line = command.line;
    }
    try {
      switch (command.type) {
        case 'SimpleCommand':
          return await this.#runSimple(command);
        case 'FunctionDef':
          this.state.functions.set(command.name, command);
          return 0;
        default:
          return await this.#runCompound(command);
      }
    } catch (error) {
      return this.#explain(error);
    }
  }

  /** Turns a failed expansion or redirection into its message; those of expansion end a script. */
  async #explain(error: unknown): Promise<number> {
    const { state } = this;
    if (error instanceof RedirectionProblem) {
      await state.process.complain(error.message);
      return state.dialect.kind === 'dash' ? 2 : 1;
    }
    if (error instanceof ExpansionProblem) {
      await state.process.complain(shellMessage(state.dialect, state, error.message));
      throw new FatalShellError(state.dialect.kind === 'bash' ? 1 : 2);
    }
    if (error instanceof ReadOnlyVariable) {
      const text = state.dialect.kind === 'bash' ? `${error.message}: readonly variable` : `${error.message}: is read only`;
      await state.process.complain(shellMessage(state.dialect, state, text));
      throw new FatalShellError(state.dialect.kind === 'bash' ? 1 : 2);
    }
    if (error instanceof ForkFailed) {
      await state.process.complain(
        shellMessage(
          state.dialect,
          state,
          state.dialect.kind === 'bash' ? 'fork: retry: Resource temporarily unavailable' : "can't fork: Resource temporarily unavailable",
        ),
      );
      throw new FatalShellError(state.dialect.kind === 'bash' ? 254 : 2);
    }
    throw error;
  }

  async #runSimple(command: SimpleCommandNode): Promise<number> {
    const { state } = this;
    state.substitutionStatus = 0;
    const words = command.name ? await expandWords(this, [command.name, ...command.args]) : [];
    const [name, ...args] = words;
    await this.#trace(command, words);
    if (name === undefined) {
      return this.#assignOnly(command);
    }
    const target = state.functions.get(name);
    const builtin = target ? undefined : findBuiltin(name, state.dialect);
    if (!target && !builtin) {
      return this.#runExternal(command, words);
    }
    await state.process.spend(BUILTIN_MS);
    if (builtin?.special && name === 'exec') {
      return this.#runExec(command, args);
    }
    const restore = await this.#assignTemporarily(command, builtin?.special === true);
    try {
      return await this.#withRedirections(command.redirections, () =>
        target ? this.callFunction(name, args) : this.#callBuiltin(builtin as Builtin, name, args),
      );
    } finally {
      restore();
    }
  }

  #callBuiltin(builtin: Builtin, name: string, args: readonly string[]): Promise<number> {
    return builtin.run({ shell: this, state: this.state, name, args });
  }

  async callFunction(name: string, args: readonly string[]): Promise<number> {
    const { state } = this;
    const definition = state.functions.get(name);
    if (!definition) {
      return 127;
    }
    if (state.functionDepth >= MAX_FUNCTION_DEPTH) {
      await state.process.complain(
        shellMessage(state.dialect, state, `${name}: maximum function nesting level exceeded (${MAX_FUNCTION_DEPTH})`),
      );
      throw new FatalShellError(2);
    }
    const positional = state.positional;
    const loopDepth = state.loopDepth;
    state.positional = args;
    state.functionDepth += 1;
    state.loopDepth = 0;
    state.variables.enterScope();
    try {
      return await this.#withRedirections(definition.redirections, () => this.runCommand(definition.body));
    } catch (error) {
      if (error instanceof FunctionReturn) {
        return error.status;
      }
      throw error;
    } finally {
      state.variables.leaveScope();
      state.positional = positional;
      state.functionDepth -= 1;
      state.loopDepth = loopDepth;
    }
  }

  async #assignOnly(command: SimpleCommandNode): Promise<number> {
    await this.state.process.spend(BUILTIN_MS);
    for (const assignment of command.assignments) {
      await assign(this, assignment);
    }
    if (command.redirections.length > 0) {
      (await redirect(this, this.state.process.descriptors, command.redirections)).release();
    }
    return this.state.substitutionStatus;
  }

  /** Assignments before a builtin or function last as long as it runs; before a special builtin they stay. */
  async #assignTemporarily(command: Pick<SimpleCommandNode, 'assignments'>, stays: boolean): Promise<() => void> {
    const { variables } = this.state;
    const restore = variables.snapshot(command.assignments.map((assignment) => assignment.name));
    for (const assignment of command.assignments) {
      await assign(this, assignment);
      if (!stays) {
        variables.mark(assignment.name, { exported: true });
      }
    }
    return stays ? () => undefined : restore;
  }

  isBuiltin(name: string): boolean {
    return findBuiltin(name, this.state.dialect) !== undefined;
  }

  runWords(words: readonly string[]): Promise<number> {
    const [name = '', ...args] = words;
    const builtin = findBuiltin(name, this.state.dialect);
    return builtin ? this.#callBuiltin(builtin, name, args) : this.#runExternal({ assignments: [], redirections: [] }, words);
  }

  async #runExternal(command: Pick<SimpleCommandNode, 'assignments' | 'redirections'>, argv: readonly string[]): Promise<number> {
    const { state } = this;
    const { process } = state;
    await process.spend(FORK_MS);
    const restore = await this.#assignTemporarily(command, false);
    const env = state.variables.environment();
    restore();
    const redirected = await redirect(this, process.descriptors, command.redirections);
    let child: Process;
    try {
      child = await spawn(process.machine, {
        argv,
        env,
        cwd: process.cwd,
        identity: process.identity,
        descriptors: redirected.descriptors,
        parentPid: process.pid,
        processGroup: process.processGroup,
        ignoredSignals: [...state.traps].filter(([, trap]) => trap === '').map(([signal]) => signal),
      });
    } catch (error) {
      if (error instanceof ExecutableError) {
        return await this.#explainMissing(error, redirected.descriptors.get(2));
      }
      throw error;
    } finally {
      redirected.release();
    }
    const exit = await this.#waiting(child.exited);
    await this.#announceDeath(exit);
    return exit.exitCode;
  }

  async #explainMissing(error: ExecutableError, stderr: OpenFile | undefined): Promise<number> {
    const { state } = this;
    const say = (text: string): Promise<void> => stderr?.sink.write(Buffer.from(text)) ?? Promise.resolve();
    switch (error.problem) {
      case 'not-found':
        await say(commandNotFound(state.dialect, state, error.command));
        return 127;
      case 'no-such-file':
        await say(commandFailed(state.dialect, state, error.command, 'missing'));
        return 127;
      case 'not-executable':
        await say(commandFailed(state.dialect, state, error.command, 'denied'));
        return 126;
      case 'is-directory':
        await say(commandFailed(state.dialect, state, error.command, 'directory'));
        return 126;
      case 'bad-format':
        await say(commandFailed(state.dialect, state, error.command, 'format'));
        return 126;
    }
  }

  /** A child that a signal ended is mentioned, except for those a user causes by hand. */
  async #announceDeath(exit: ProcessExit | undefined): Promise<void> {
    const { state } = this;
    const text = exit?.signal === undefined ? undefined : obituary(exit.signal);
    if (text !== undefined && (state.interactive || state.dialect.kind !== 'bash' || exit?.signal !== 15)) {
      await state.process.complain(
        state.interactive || state.dialect.kind !== 'bash' ? `${text}\n` : shellMessage(state.dialect, state, text),
      );
    }
    if (exit?.signal === SIGINT && state.interactive) {
      await state.process.complain('\n');
    }
  }

  /** `exec`: without a command its redirections stay; with one the shell becomes the command. */
  async #runExec(command: SimpleCommandNode, args: readonly string[]): Promise<number> {
    const { state } = this;
    const { process } = state;
    for (const assignment of command.assignments) {
      await assign(this, assignment);
      state.variables.mark(assignment.name, { exported: true });
    }
    const redirected = await redirect(this, process.descriptors, command.redirections);
    process.replaceDescriptors(redirected.descriptors);
    if (args.length === 0) {
      return 0;
    }
    try {
      const env = state.variables.environment();
      const { executable, program } = await loadProgram(process.machine, args, process.cwd, env.get('PATH'));
      process.become(executable.argv, executable.path, env);
      throw new Exit(await program(process));
    } catch (error) {
      if (error instanceof ExecutableError) {
        const status = await this.#explainMissing(error, process.descriptors.get(2));
        if (state.interactive) {
          return status;
        }
        throw new Exit(status);
      }
      throw error;
    }
  }

  /** Runs something with other descriptors, then with the old ones again. */
  async #withRedirections(redirections: CompoundCommand['redirections'], run: () => Promise<number>): Promise<number> {
    if (redirections.length === 0) {
      return run();
    }
    const { process } = this.state;
    const redirected = await redirect(this, process.descriptors, redirections);
    const restore = process.swapDescriptors(redirected.descriptors);
    try {
      return await run();
    } finally {
      restore();
    }
  }

  #runCompound(command: CompoundCommand): Promise<number> {
    if (command.type === 'Subshell') {
      return this.#runSubshell(command);
    }
    return this.#withRedirections(command.redirections, async () => {
      switch (command.type) {
        case 'Group':
          return this.runStatements(command.body);
        case 'If':
          for (const clause of command.clauses) {
            if ((await this.#condition(clause.condition)) === 0) {
              return this.#body(clause.body);
            }
          }
          return command.elseBody ? this.#body(command.elseBody) : 0;
        case 'While':
        case 'Until':
          return this.#loop(async () => ((await this.#condition(command.condition)) === 0) === (command.type === 'While'), command.body);
        case 'For': {
          const words = command.words ? await expandWords(this, command.words) : [...this.state.positional];
          return this.#loop(async () => {
            const word = words.shift();
            if (word === undefined) {
              return false;
            }
            this.state.variables.set(command.variable, word);
            return true;
          }, command.body);
        }
        case 'CStyleFor': {
          const value = async (expression: typeof command.init): Promise<number> =>
            expression ? evaluateArithmetic(this, expression.originalText ?? '') : 1;
          await value(command.init);
          let first = true;
          return this.#loop(async () => {
            if (!first) {
              await value(command.update);
            }
            first = false;
            return (await value(command.condition)) !== 0;
          }, command.body);
        }
        case 'Case':
          return this.#runCase(command);
        case 'ArithmeticCommand':
          return Number((await evaluateArithmetic(this, command.expression.originalText ?? '')) === 0);
        case 'ConditionalCommand':
          return Number(!(await evaluateConditional(this, command.expression)));
      }
    });
  }

  async #runSubshell(command: Extract<CompoundCommand, { type: 'Subshell' }>): Promise<number> {
    const redirected = await redirect(this, this.state.process.descriptors, command.redirections);
    const child = this.#forkSubshell((interpreter) => interpreter.runStatements(command.body), redirected.descriptors);
    redirected.release();
    const exit = await this.#waiting(child.exited);
    return exit.exitCode;
  }

  async #condition(statements: readonly StatementNode[]): Promise<number> {
    this.state.inCondition += 1;
    try {
      return await this.runStatements(statements);
    } finally {
      this.state.inCondition -= 1;
    }
  }

  async #body(statements: readonly StatementNode[]): Promise<number> {
    this.state.lastStatus = 0;
    return this.runStatements(statements);
  }

  async #loop(next: () => Promise<boolean>, body: readonly StatementNode[]): Promise<number> {
    const { state } = this;
    let status = 0;
    state.loopDepth += 1;
    try {
      while (await next()) {
        await state.process.spend(BUILTIN_MS);
        try {
          status = await this.runStatements(body);
        } catch (error) {
          if (!(error instanceof LoopExit)) {
            throw error;
          }
          if (error.levels > 1) {
            error.levels -= 1;
            throw error;
          }
          status = 0;
          if (error.kind === 'break') {
            break;
          }
        }
      }
    } finally {
      state.loopDepth -= 1;
    }
    return status;
  }

  async #runCase(command: Extract<CompoundCommand, { type: 'Case' }>): Promise<number> {
    const text = await expandText(this, command.word);
    let fallThrough = false;
    let status = 0;
    for (const item of command.items) {
      let matched = fallThrough;
      for (const pattern of matched ? [] : item.patterns) {
        matched ||= matchesGlob(await expandPattern(this, pattern), text, { pathname: false });
      }
      if (!matched) {
        continue;
      }
      status = await this.#body(item.body);
      if (item.terminator === ';;') {
        return status;
      }
      fallThrough = item.terminator === ';&';
    }
    return status;
  }

  async substitute(script: ScriptNode): Promise<string> {
    const { process } = this.state;
    const pipe = new Pipe();
    const output = new OpenFile({ sink: pipe.writer });
    const child = this.#forkSubshell((interpreter) => interpreter.runScript(script), new Map([...process.descriptors, [1, output]]));
    output.release();
    const bytes = await readAll(pipe.reader, process.signal, MAX_SUBSTITUTION_BYTES);
    pipe.closeReading();
    const exit = await this.#waiting(child.exited);
    this.state.substitutionStatus = exit.exitCode;
    this.state.lastStatus = exit.exitCode;
    return bytes.toString('utf8').replaceAll('\0', '').replace(/\n+$/, '');
  }

  async substituteProcess(script: ScriptNode, direction: 'input' | 'output'): Promise<string> {
    const { process } = this.state;
    const pipe = new Pipe();
    const [inner, outer] =
      direction === 'input'
        ? [new OpenFile({ sink: pipe.writer }), new OpenFile({ source: pipe.reader })]
        : [new OpenFile({ source: pipe.reader }), new OpenFile({ sink: pipe.writer })];
    this.#forkSubshell(
      (interpreter) => interpreter.runScript(script),
      new Map([...process.descriptors, [direction === 'input' ? 1 : 0, inner]]),
    );
    inner.release();
    const number = Math.max(62, ...process.descriptors.keys()) + 1;
    process.descriptors.set(number, outer);
    return `/dev/fd/${number}`;
  }

  async #trace(command: SimpleCommandNode, words: readonly string[]): Promise<void> {
    const { state } = this;
    if (state.options.xtrace && (words.length > 0 || command.assignments.length > 0)) {
      const assignments: string[] = [];
      for (const assignment of command.assignments) {
        assignments.push(`${assignment.name}=${assignment.value ? await expandText(this, assignment.value) : ''}`);
      }
      const prefix = (state.variables.get('PS4') ?? '+ ').slice(0, 1).repeat(state.subshellLevel + 1);
      await state.process.complain(`${prefix} ${[...assignments, ...words.map((word) => traced(word))].join(' ')}\n`);
    }
  }
}

function traced(word: string): string {
  return word === '' ? "''" : /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
