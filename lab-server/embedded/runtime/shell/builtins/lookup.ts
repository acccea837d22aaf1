// Builtins that tell what a word means: command, type.
import { DEFAULT_PATH, searchPath } from '../../processes/executables.ts';
import { complain, print, type Builtin, type BuiltinCall } from './builtin.ts';

export const command: Builtin = {
  async run(call) {
    const [first, ...rest] = call.args;
    if (first === '-v' || first === '-V') {
      let status = 0;
      for (const word of rest) {
        const found = await describeCommand(call, word, first === '-V');
        if (found === undefined) {
          status = call.state.dialect.kind === 'bash' ? 1 : 127;
          if (first === '-V') {
            await complain(call, `${word}: not found`);
          }
        } else {
          await print(call, `${found}\n`);
        }
      }
      return status;
    }
    const words = first === '-p' || first === '--' ? rest : call.args;
    return words.length === 0 ? 0 : call.shell.runWords(words);
  },
};

export const type: Builtin = {
  async run(call) {
    let status = 0;
    const short = call.args.includes('-t');
    for (const word of call.args.filter((arg) => !arg.startsWith('-'))) {
      const found = await describeCommand(call, word, true, short);
      if (found === undefined) {
        status = call.state.dialect.kind === 'bash' ? 1 : 127;
        if (!short) {
          await (call.state.dialect.kind === 'bash' ? complain(call, `${word}: not found`) : print(call, `${word}: not found\n`));
        }
      } else {
        await print(call, `${found}\n`);
      }
    }
    return status;
  },
};

const KEYWORDS: ReadonlySet<string> = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'for',
  'while',
  'until',
  'do',
  'done',
  'case',
  'esac',
  '{',
  '}',
  '!',
  'in',
]);

async function describeCommand(call: BuiltinCall, word: string, verbose: boolean, short = false): Promise<string | undefined> {
  const { state } = call;
  const alias = state.aliases.get(word);
  const sentence = (kind: string, text: string, plain: string): string => (short ? kind : verbose ? text : plain);
  if (alias !== undefined) {
    return sentence(
      'alias',
      state.dialect.kind === 'bash' ? `${word} is aliased to \`${alias}'` : `${word} is an alias for ${alias}`,
      `alias ${word}='${alias}'`,
    );
  }
  if (KEYWORDS.has(word)) {
    return sentence('keyword', `${word} is a shell keyword`, word);
  }
  if (state.functions.has(word)) {
    return sentence('function', state.dialect.kind === 'bash' ? `${word} is a function` : `${word} is a shell function`, word);
  }
  if (call.shell.isBuiltin(word)) {
    return sentence('builtin', `${word} is a shell builtin`, word);
  }
  const path = await searchPath(state.process.machine.files, word, state.process.cwd, state.variables.get('PATH') ?? DEFAULT_PATH);
  return path === undefined ? undefined : sentence('file', `${word} is ${path}`, path);
}
