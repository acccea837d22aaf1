// Tab completion: commands for the first word, paths for the others, variables after a dollar sign.
import { resolvePath } from '../files/paths.ts';
import { DEFAULT_PATH } from '../processes/executables.ts';
import { builtinNamesOf } from './builtins/table.ts';
import type { ShellState } from './state.ts';

export async function completeLine(state: ShellState, line: string): Promise<{ word: string; candidates: string[] }> {
  const word = /(?:[^\s;|&<>()"']|\\.)*$/.exec(line)?.[0] ?? '';
  const before = line.slice(0, line.length - word.length).trimEnd();
  const dollar = /\$\{?(\w*)$/.exec(word);
  if (dollar) {
    const start = word.slice(0, word.length - (dollar[1]?.length ?? 0));
    return {
      word,
      candidates: state.variables
        .names()
        .filter((name) => name.startsWith(dollar[1] ?? ''))
        .map((name) => start + name),
    };
  }
  const isCommand = before === '' || /[;|&(]$/.test(before);
  const candidates = isCommand && !word.includes('/') ? await commands(state, word) : await paths(state, word, isCommand);
  return { word, candidates };
}

async function commands(state: ShellState, word: string): Promise<string[]> {
  const names = new Set([...builtinNamesOf(state.dialect), ...state.functions.keys(), ...state.aliases.keys()]);
  for (const directory of (state.variables.get('PATH') ?? DEFAULT_PATH).split(':')) {
    for (const name of await state.process.machine.files.readdir(directory).catch(() => [])) {
      names.add(name);
    }
  }
  return [...names].filter((name) => name.startsWith(word)).sort();
}

async function paths(state: ShellState, word: string, onlyExecutable: boolean): Promise<string[]> {
  const { files } = state.process.machine;
  const slash = word.lastIndexOf('/') + 1;
  const directory = word.slice(0, slash);
  const prefix = word.slice(slash);
  const base = resolvePath(state.process.cwd, directory.replace(/^~/, state.variables.get('HOME') ?? '/root') || '.');
  const found: string[] = [];
  for (const name of await files.readdir(base).catch(() => [])) {
    if (!name.startsWith(prefix) || (name.startsWith('.') && !prefix.startsWith('.'))) {
      continue;
    }
    const stat = await files.stat(resolvePath(base, name)).catch(() => undefined);
    if (stat && (stat.isDirectory || !onlyExecutable || (stat.mode & 0o111) !== 0)) {
      found.push(`${directory}${name.replace(/([ '"\\$&;()<>|*?[\]])/g, '\\$1')}${stat.isDirectory ? '/' : ''}`);
    }
  }
  return found.sort();
}
