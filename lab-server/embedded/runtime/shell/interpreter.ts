// Runs the syntax tree: lists and pipelines in order, errors that end a shell, traps.
import type { Process } from '../processes/process.ts';
import { Exit } from '../processes/program.ts';
import type { ShellRunner } from './builtins/builtin.ts';
import { findBuiltin } from './builtins/table.ts';
import { runCompound } from './compound-commands.ts';
import { FatalShellError, FunctionReturn, LoopExit } from './control.ts';
import { expandParts, expandPattern, expandText } from './expansion.ts';
import type { ExpansionHost } from './expansion-host.ts';
import { explain } from './command-effects.ts';
import { callFunction, runLast, runSimple, runWords } from './simple-commands.ts';
import { cloneState, type ShellState } from './state.ts';
import { runPipes, startBackground, substitute, substituteProcess } from './subshells.ts';
import { parseScript, type CommandNode, type PipelineNode, type ScriptNode, type StatementNode } from './syntax.ts';

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
        startBackground(this, statement);
      } catch (error) {
        this.state.lastStatus = await explain(this, error);
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
    const status = single ? await this.runCommand(single) : await runPipes(this, pipeline);
    if (pipeline.timed) {
      const seconds = (this.state.process.machine.clock.now() - started) / 1000;
      const minutes = Math.floor(seconds / 60);
      await this.state.process.complain(`\nreal\t${minutes}m${(seconds % 60).toFixed(3)}s\nuser\t0m0.000s\nsys\t0m0.000s\n`);
    }
    return pipeline.negated ? Number(status === 0) : status;
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

  async runCommand(command: CommandNode): Promise<number> {
    if (command.line !== undefined && command.line > 0) {
      this.state.line = command.line;
    }
    try {
      switch (command.type) {
        case 'SimpleCommand':
          return await runSimple(this, command);
        case 'FunctionDef':
          this.state.functions.set(command.name, command);
          return 0;
        default:
          return await runCompound(this, command);
      }
    } catch (error) {
      return explain(this, error);
    }
  }

  isBuiltin(name: string): boolean {
    return findBuiltin(name, this.state.dialect) !== undefined;
  }

  /** Runs the last command of a shell: a program then takes the shell's place. */
  runLast(command: CommandNode): Promise<number> {
    return runLast(this, command);
  }

  callFunction(name: string, args: readonly string[]): Promise<number> {
    return callFunction(this, name, args);
  }

  runWords(words: readonly string[]): Promise<number> {
    return runWords(this, words);
  }

  substitute(script: ScriptNode): Promise<string> {
    return substitute(this, script);
  }

  substituteProcess(script: ScriptNode, direction: 'input' | 'output'): Promise<string> {
    return substituteProcess(this, script, direction);
  }

  /** Another shell in the same script: a copy of this one that runs as a process of its own. */
  subshell(process: Process): Interpreter {
    return new Interpreter(cloneState(this.state, process));
  }
}
