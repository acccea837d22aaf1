// Prompts: what each shell shows by default, and the escapes of PS1.
import { accountsOf } from '../containers/users.ts';
import type { Interpreter } from './interpreter.ts';
import type { ShellState } from './state.ts';
import { parseScript } from './syntax.ts';

export async function renderPrompt(interpreter: Interpreter, name: 'PS1' | 'PS2'): Promise<string> {
  const { state } = interpreter;
  const configured = state.variables.get(name);
  if (name === 'PS2') {
    return configured ?? '> ';
  }
  const isRoot = state.process.identity.uid === 0;
  if (configured === undefined) {
    switch (state.dialect.kind) {
      case 'dash':
        return isRoot ? '# ' : '$ ';
      case 'ash':
        return escapes(state, '\\w \\$ ', '');
      case 'bash':
        return escapes(state, '\\u@\\h:\\w\\$ ', await userName(state));
    }
  }
  const expanded = configured.includes('$(') || /\$\w/.test(configured) ? await expand(interpreter, configured) : configured;
  return state.dialect.kind === 'dash' ? expanded : escapes(state, expanded, await userName(state));
}

async function expand(interpreter: Interpreter, text: string): Promise<string> {
  try {
    const script = await parseScript(`: "${text.replaceAll('"', '\\"').replaceAll('\\$', '\\\\$')}"`);
    const command = script.statements[0]?.pipelines[0]?.commands[0];
    const word = command?.type === 'SimpleCommand' ? command.args[0] : undefined;
    return word ? await interpreter.text(word) : text;
  } catch {
    return text;
  }
}

async function userName(state: ShellState): Promise<string> {
  const { uid } = state.process.identity;
  return (await accountsOf(state.process.machine.files)).find((account) => account.uid === uid)?.name ?? 'I have no name!';
}

function escapes(state: ShellState, text: string, user: string): string {
  const { process } = state;
  const home = state.variables.get('HOME') ?? '/root';
  const inHome = process.cwd === home || process.cwd.startsWith(`${home}/`);
  // busybox and bash both write ~ for the home directory.
  const directory = inHome && home !== '/' ? `~${process.cwd.slice(home.length)}` : process.cwd;
  return text.replace(/\\([uhHwW$nrtTdes[\]\\]|[0-7]{3})/g, (_whole, escape: string) => {
    switch (escape) {
      case 'u':
        return user;
      case 'h':
        return process.machine.hostname.split('.')[0] ?? '';
      case 'H':
        return process.machine.hostname;
      case 'w':
        return directory;
      case 'W':
        return directory.slice(directory.lastIndexOf('/') + 1) || '/';
      case '$':
        return process.identity.uid === 0 ? '#' : '$';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 'e':
        return '\u001b';
      case 's':
        return state.name;
      case '[':
      case ']':
        return '';
      case '\\':
        return '\\';
      default:
        return /^[0-7]{3}$/.test(escape) ? String.fromCharCode(Number.parseInt(escape, 8)) : '';
    }
  });
}
