// rm, rmdir, unlink.
import { FileError, fileErrorSentence } from '../../files/file-error.ts';
import { parentOf } from '../../files/paths.ts';
import { commandProgram, forEachOperand, isFileProblem } from '../command.ts';

export const rm = commandProgram(
  { flags: 'dfiIrRv', long: { recursive: 'r', force: 'f', verbose: 'v', dir: 'd', 'one-file-system': 'I', 'no-preserve-root': 'I' } },
  async (command) => {
    const { options, files, operands } = command;
    const recursive = options.has('r') || options.has('R');
    if (operands.length === 0 && !options.has('f')) {
      await command.complain('missing operand');
      return 1;
    }
    let status = 0;
    for (const operand of operands) {
      const path = command.path(operand);
      const fail = async (sentence: string): Promise<void> => {
        status = 1;
        await command.complain(command.busybox ? `can't remove '${operand}': ${sentence}` : `cannot remove '${operand}': ${sentence}`);
      };
      if (/(^|\/)\.\.?\/?$/.test(operand)) {
        await command.complain(`refusing to remove '.' or '..' directory: skipping '${operand}'`);
        status = 1;
        continue;
      }
      if (path === '/' && !command.busybox) {
        await command.complain("it is dangerous to operate recursively on '/'");
        await command.complain('use --no-preserve-root to override this failsafe');
        status = 1;
        continue;
      }
      try {
        const stat = await files.lstat(path);
        if (stat.isDirectory && !recursive && !options.has('d')) {
          await (command.busybox ? command.complain(`'${operand}' is a directory`) : fail('Is a directory'));
          status = 1;
          continue;
        }
        await files.rm(path, { recursive });
        if (options.has('v')) {
          await command.print(stat.isDirectory ? `removed directory '${operand}'\n` : `removed '${operand}'\n`);
        }
      } catch (error) {
        if (!isFileProblem(error)) {
          throw error;
        }
        if (
          !(
            options.has('f') &&
            (error instanceof FileError ? error.code === 'ENOENT' || error.code === 'ENOTDIR' : error.message.startsWith('ENOENT'))
          )
        ) {
          await fail(fileErrorSentence(error));
        }
      }
    }
    return status;
  },
);

export const rmdir = commandProgram(
  { flags: 'pv', long: { parents: 'p', verbose: 'v', 'ignore-fail-on-non-empty': 'v' } },
  async (command) =>
    forEachOperand(command, command.operands, 'failed to remove', async (operand) => {
      let path = command.path(operand);
      for (;;) {
        if (!(await command.files.lstat(path)).isDirectory) {
          throw new FileError('ENOTDIR', 'rmdir', operand);
        }
        await command.files.rm(path);
        path = parentOf(path);
        if (!command.options.has('p') || path === '/' || !operand.includes('/')) {
          return;
        }
      }
    }),
);

export const unlink = commandProgram({}, async (command) =>
  forEachOperand(command, command.operands, 'cannot unlink', async (operand) => {
    if ((await command.files.lstat(command.path(operand))).isDirectory) {
      throw new FileError('EISDIR', 'unlink', operand);
    }
    await command.files.rm(command.path(operand));
  }),
);
