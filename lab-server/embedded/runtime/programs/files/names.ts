// basename, dirname, pwd, which: paths as text, and where commands are.
import { joinPath, resolvePath } from '../../files/paths.ts';
import { DEFAULT_PATH, searchPath } from '../../processes/executables.ts';
import { commandProgram } from '../command.ts';

export const basename = commandProgram({ flags: 'az', values: 's', long: { multiple: 'a', suffix: 's', zero: 'z' } }, async (command) => {
  const [first, second] = command.operands;
  if (first === undefined) {
    await command.complain('missing operand');
    return 1;
  }
  const many = command.options.has('a') || command.options.has('s');
  const suffix = command.options.value('s') ?? (many ? undefined : second);
  for (const operand of many ? command.operands : [first]) {
    const name = operand.replace(/\/+$/, '').replace(/^.*\//, '') || '/';
    await command.print(`${suffix !== undefined && name.endsWith(suffix) && name !== suffix ? name.slice(0, -suffix.length) : name}\n`);
  }
  return 0;
});

export const dirname = commandProgram({ flags: 'z' }, async (command) => {
  if (command.operands.length === 0) {
    await command.complain('missing operand');
    return 1;
  }
  for (const operand of command.operands) {
    const trimmed = operand.replace(/\/+$/, '');
    const slash = trimmed.lastIndexOf('/');
    await command.print(
      `${slash < 0 ? (trimmed === '' && operand !== '' ? '/' : '.') : trimmed.slice(0, slash).replace(/\/+$/, '') || '/'}\n`,
    );
  }
  return 0;
});

export const pwd = commandProgram({ flags: 'LP' }, async (command) => {
  await command.print(`${command.process.cwd}\n`);
  return 0;
});

export const which = commandProgram({ flags: 'as' }, async (command) => {
  let status = 0;
  const path = command.process.env.get('PATH') ?? DEFAULT_PATH;
  for (const operand of command.operands) {
    if (command.options.has('a') && !operand.includes('/')) {
      for (const directory of path.split(':')) {
        const candidate = joinPath(resolvePath('/', directory), operand);
        if (await command.files.exists(candidate)) {
          await command.print(`${candidate}\n`);
        }
      }
      continue;
    }
    const found = await searchPath(command.files, operand, command.process.cwd, path);
    if (found === undefined) {
      status = 1;
    } else if (!command.options.has('s')) {
      await command.print(`${found}\n`);
    }
  }
  return status;
});
