// Builtins about the working directory and the file mode mask.
import { resolvePath } from '../../files/paths.ts';
import { complain, print, type Builtin, type BuiltinCall } from './builtin.ts';

export const cd: Builtin = {
  async run(call) {
    const { state } = call;
    const args = call.args.filter((arg) => arg !== '-L' && arg !== '-P' && arg !== '--');
    const [word] = args;
    if (args.length > 1 && state.dialect.kind === 'bash') {
      await complain(call, 'too many arguments');
      return 1;
    }
    const target = word === '-' ? state.previousDirectory : (word ?? state.variables.get('HOME'));
    if (target === undefined) {
      await complain(call, word === '-' ? 'OLDPWD not set' : 'HOME not set');
      return 1;
    }
    const status = await changeTo(call, target, word ?? target);
    if (status === 0 && word === '-') {
      await print(call, `${state.process.cwd}\n`);
    }
    return status;
  },
};

async function changeTo(call: BuiltinCall, target: string, shown: string): Promise<number> {
  const { state } = call;
  const { files } = state.process.machine;
  let path = resolvePath(state.process.cwd, target);
  if (!target.startsWith('/') && !target.startsWith('.')) {
    for (const base of (state.variables.get('CDPATH') ?? '').split(':').filter((entry) => entry !== '')) {
      const candidate = resolvePath(base, target);
      if ((await files.stat(candidate).catch(() => undefined))?.isDirectory) {
        path = candidate;
        break;
      }
    }
  }
  const stat = await files.stat(path).catch(() => undefined);
  if (!stat?.isDirectory) {
    const reason = stat ? 'Not a directory' : 'No such file or directory';
    await complain(
      call,
      state.dialect.kind === 'bash'
        ? `${shown}: ${reason}`
        : state.dialect.kind === 'dash'
          ? `can't cd to ${shown}`
          : `can't cd to ${shown}: ${reason}`,
    );
    return state.dialect.kind === 'bash' ? 1 : 2;
  }
  state.previousDirectory = state.process.cwd;
  state.variables.set('OLDPWD', state.process.cwd);
  state.process.cwd = path;
  state.variables.set('PWD', path);
  return 0;
}

export const pwd: Builtin = {
  async run(call) {
    const { process } = call.state;
    await print(call, `${call.args.includes('-P') ? await process.machine.files.realpath(process.cwd) : process.cwd}\n`);
    return 0;
  },
};

export const pushd: Builtin = {
  dialects: ['bash'],
  async run(call) {
    const { state } = call;
    const from = state.process.cwd;
    const target = call.args[0] ?? state.directories.shift();
    if (target === undefined) {
      await complain(call, 'no other directory');
      return 1;
    }
    const status = await changeTo(call, target, target);
    if (status === 0) {
      state.directories.unshift(from);
      return printStack(call);
    }
    return status;
  },
};

export const popd: Builtin = {
  dialects: ['bash'],
  async run(call) {
    const target = call.state.directories.shift();
    if (target === undefined) {
      await complain(call, 'directory stack empty');
      return 1;
    }
    return (await changeTo(call, target, target)) || printStack(call);
  },
};

export const dirs: Builtin = { dialects: ['bash'], run: (call) => printStack(call) };

async function printStack(call: BuiltinCall): Promise<number> {
  const home = call.state.variables.get('HOME') ?? '/root';
  const shown = [call.state.process.cwd, ...call.state.directories].map((path) =>
    path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path,
  );
  await print(call, `${shown.join(' ')}\n`);
  return 0;
}

export const umask: Builtin = {
  async run(call) {
    const [mode] = call.args.filter((arg) => arg !== '-S');
    if (mode === undefined) {
      await print(call, `${call.state.umask.toString(8).padStart(4, '0')}\n`);
      return 0;
    }
    if (!/^[0-7]{1,4}$/.test(mode)) {
      await complain(call, `${mode}: octal number out of range`);
      return 1;
    }
    call.state.umask = Number.parseInt(mode, 8);
    return 0;
  },
};

const LIMITS: readonly (readonly [letter: string, name: string, value: string])[] = [
  ['c', 'core file size          (blocks, -c)', '0'],
  ['d', 'data seg size           (kbytes, -d)', 'unlimited'],
  ['f', 'file size               (blocks, -f)', 'unlimited'],
  ['n', 'open files                      (-n)', '1048576'],
  ['s', 'stack size              (kbytes, -s)', '8192'],
  ['t', 'cpu time               (seconds, -t)', 'unlimited'],
  ['u', 'max user processes              (-u)', '256'],
  ['v', 'virtual memory          (kbytes, -v)', 'unlimited'],
];

export const ulimit: Builtin = {
  async run(call) {
    const letters = call.args
      .filter((arg) => arg.startsWith('-'))
      .join('')
      .replace(/[-HS]/g, '');
    if (letters.includes('a')) {
      await print(call, LIMITS.map(([, name, value]) => `${name} ${value}\n`).join(''));
      return 0;
    }
    if (call.args.some((arg) => !arg.startsWith('-'))) {
      return 0;
    }
    await print(call, `${LIMITS.find(([letter]) => letter === (letters === '' ? 'f' : letters[0]))?.[2] ?? 'unlimited'}\n`);
    return 0;
  },
};
