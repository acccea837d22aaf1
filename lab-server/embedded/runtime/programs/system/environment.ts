// env and printenv: the environment, and commands run in a changed one.
import { ExecutableError } from '../../processes/executables.ts';
import { loadProgram } from '../../processes/spawn.ts';
import { commandProgram } from '../command.ts';

export const env = commandProgram(
  {
    flags: 'i0v',
    values: 'uCS',
    long: { 'ignore-environment': 'i', unset: 'u', null: '0', chdir: 'C', 'split-string': 'S' },
    stopAtOperand: true,
  },
  async (command) => {
    const { options, process } = command;
    const variables = options.has('i') || command.operands[0] === '-' ? new Map<string, string>() : new Map(process.env);
    options.all('u').forEach((name) => variables.delete(name));
    const words = [...(options.value('S')?.split(/\s+/) ?? []), ...command.operands.filter((word, index) => index > 0 || word !== '-')];
    while (words[0]?.includes('=')) {
      const word = words.shift() as string;
      variables.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    }
    if (words.length === 0) {
      const end = options.has('0') ? '\0' : '\n';
      await command.print([...variables].map(([name, value]) => `${name}=${value}${end}`).join(''));
      return 0;
    }
    try {
      const { executable, program } = await loadProgram(process.machine, words, process.cwd, variables.get('PATH'));
      process.become(executable.argv, executable.path, variables);
      return await program(process);
    } catch (error) {
      if (!(error instanceof ExecutableError)) {
        throw error;
      }
      await command.complain(
        `${command.busybox ? `can't execute '${error.command}'` : `'${error.command}'`}: ${error.problem === 'not-executable' ? 'Permission denied' : 'No such file or directory'}`,
      );
      return error.problem === 'not-executable' ? 126 : 127;
    }
  },
);

export const printenv = commandProgram({ flags: '0' }, async (command) => {
  const variables = command.process.env;
  if (command.operands.length === 0) {
    await command.print([...variables].map(([name, value]) => `${name}=${value}\n`).join(''));
    return 0;
  }
  let status = 0;
  for (const name of command.operands) {
    const value = variables.get(name);
    if (value === undefined) {
      status = 1;
    } else {
      await command.print(`${value}\n`);
    }
  }
  return status;
});
