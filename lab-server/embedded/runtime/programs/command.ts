// What most commands share: their name in messages, wrong options, and failures of file operations.
import { fileErrorSentence } from '../files/file-error.ts';
import { resolvePath } from '../files/paths.ts';
import type { VirtualFileSystem } from '../files/virtual-file-system.ts';
import type { Process } from '../processes/process.ts';
import type { Program } from '../processes/program.ts';
import { OptionProblem, Options, type OptionTable } from './options.ts';

/** One run of a command, with its options parsed. */
export interface Command {
  process: Process;
  options: Options;
  operands: readonly string[];
  files: VirtualFileSystem;
  /** The command's own name. */
  name: string;
  busybox: boolean;
  /** A path as the command means it. */
  path(operand: string): string;
  print(text: string | Uint8Array): Promise<void>;
  /** Prints `name: message` to stderr. */
  complain(message: string): Promise<void>;
}

/** A program from its options and its body; wrong options end it with a usage message and `usageStatus`. */
export function commandProgram(table: OptionTable, run: (command: Command) => Promise<number>, usageStatus = 1): Program {
  return async (process) => {
    const name = (process.argv[0] ?? '').replace(/^.*\//, '');
    const complain = (message: string): Promise<void> => process.complain(`${name}: ${message}\n`);
    let options: Options;
    try {
      options = new Options(process.argv.slice(1), table);
    } catch (error) {
      if (!(error instanceof OptionProblem)) {
        throw error;
      }
      await complain(
        process.toolkit === 'busybox'
          ? error.message.replace("invalid option -- '", 'unrecognized option: ').replace(/'$/, '')
          : error.message,
      );
      if (process.toolkit === 'gnu') {
        await process.complain(`Try '${name} --help' for more information.\n`);
      }
      return usageStatus;
    }
    return run({
      process,
      options,
      operands: options.operands,
      files: process.machine.files,
      name,
      busybox: process.toolkit === 'busybox',
      path: (operand) => resolvePath(process.cwd, operand),
      print: (text) => process.print(text),
      complain,
    });
  };
}

/** `'x': No such file or directory`, or busybox's form of it, after what was attempted (`cannot open`). */
export function explain(command: Command, attempt: string, operand: string, error: unknown): Promise<void> {
  const sentence = fileErrorSentence(error);
  return command.complain(command.busybox || attempt === '' ? `${operand}: ${sentence}` : `${attempt} '${operand}': ${sentence}`);
}

/** Does something for each operand; a file that fails is explained and makes the status 1. */
export async function forEachOperand(
  command: Command,
  operands: readonly string[],
  attempt: string,
  run: (operand: string) => Promise<void>,
): Promise<number> {
  let status = 0;
  for (const operand of operands) {
    try {
      await run(operand);
    } catch (error) {
      if (!isFileProblem(error)) {
        throw error;
      }
      await explain(command, attempt, operand, error);
      status = 1;
    }
  }
  return status;
}

/** Errors of file systems carry an errno code, or begin with one when they come from just-bash's own. */
export function isFileProblem(error: unknown): error is Error {
  return error instanceof Error && /^E[A-Z]+: /.test(error.message);
}
