// Text commands that just-bash has, as programs of a container, and what each reads.
import { NOTHING, readAll } from '../../processes/byte-stream.ts';
import type { Process } from '../../processes/process.ts';
import type { Program } from '../../processes/program.ts';
import { commandProgram, explain, isFileProblem } from '../command.ts';
import { justBashCommand } from '../just-bash-command.ts';

/** Operands after the options; a lone `-` is standard input. */
function operandsOf(args: readonly string[], valued: string): string[] {
  const operands: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as string;
    if (word === '--') {
      return [...operands, ...args.slice(at + 1)];
    }
    if (word === '-' || !word.startsWith('-')) {
      operands.push(word);
    } else if (!word.startsWith('--') && valued.includes(word.at(-1) ?? '')) {
      at += 1;
    }
  }
  return operands;
}

/** Reads standard input when no file is named. `skipped`: operands that are no files (a pattern, a script). */
function whenNoFile(valued: string, skipped: (args: readonly string[]) => number = () => 0): (args: readonly string[]) => boolean {
  return (args) => {
    const operands = operandsOf(args, valued).slice(skipped(args));
    return operands.length === 0 || operands.includes('-');
  };
}

const always = (): boolean => true;
const never = (): boolean => false;
const hasFlag = (args: readonly string[], letters: string): boolean =>
  args.some((arg) => /^-[a-zA-Z]+/.test(arg) && Array.from(letters).some((letter) => arg.includes(letter)));

const grepReads = whenNoFile('efmABC', (args) => (hasFlag(args, 'ef') || args.some((arg) => arg.startsWith('--regexp')) ? 0 : 1));
/** Line by line when the answer for a line depends on that line alone. */
const grepByLine = (args: readonly string[]): boolean =>
  !hasFlag(args, 'cnABCmlLqbz') && !args.some((arg) => /^--(count|line-number|max-count|quiet|context|after|before|files)/.test(arg));
/** Buffering, colours and how binary files are taken make no difference here. */
const withoutNoise = (args: readonly string[]): string[] =>
  args.filter((arg) => !/^--(line-buffered|colou?r(=.*)?|text|binary)$|^-[aUs]$/.test(arg));
const grepTraits = {
  prepare: withoutNoise,
  readsInput: (args: readonly string[]) => grepReads(args) && !hasFlag(args, 'rR'),
  byLine: grepByLine,
};

export const grep = justBashCommand('grep', grepTraits);
export const egrep = justBashCommand('egrep', grepTraits);
export const fgrep = justBashCommand('fgrep', grepTraits);
export const sed = justBashCommand('sed', {
  readsInput: whenNoFile('ef', (args) => (args.some((arg) => /^-\w*[ef]/.test(arg) || arg.startsWith('--expression')) ? 0 : 1)),
  // A plain substitution treats each line alone; addresses, holds and -n print counts do not.
  byLine: (args) => args.length === 1 && /^s(.).*\1.*\1[gIi]*$/.test(args[0] ?? ''),
});
export const awk = justBashCommand('awk', {
  readsInput: whenNoFile('Fvf', (args) => (hasFlag(args, 'f') ? 0 : 1)),
  byLine: (args) => args.length === 1 && /^\{\s*print\s+[$\w, "]+\}$/.test(args[0] ?? ''),
});
export const cut = justBashCommand('cut', { readsInput: whenNoFile('dfbc'), byLine: always });
export const tr = justBashCommand('tr', { readsInput: always, byLine: (args) => !hasFlag(args, 's') });
export const rev = justBashCommand('rev', { readsInput: whenNoFile(''), byLine: always });
export const sort = justBashCommand('sort', { readsInput: whenNoFile('koStT') });
export const uniq = justBashCommand('uniq', { readsInput: whenNoFile('fsw') });
export const tac = justBashCommand('tac', { readsInput: whenNoFile('') });
export const nl = justBashCommand('nl', { readsInput: whenNoFile('bnws') });
export const od = justBashCommand('od', { readsInput: whenNoFile('AtNjw') });
export const paste = justBashCommand('paste', { readsInput: whenNoFile('d') });
export const join = justBashCommand('join', { readsInput: (args) => args.includes('-') });
export const comm = justBashCommand('comm', { readsInput: (args) => args.includes('-') });
export const fold = justBashCommand('fold', { readsInput: whenNoFile('w'), byLine: always });
export const expand = justBashCommand('expand', { readsInput: whenNoFile('t'), byLine: always });
export const unexpand = justBashCommand('unexpand', { readsInput: whenNoFile('t'), byLine: always });
export const strings = justBashCommand('strings', { readsInput: whenNoFile('n') });
export const split = justBashCommand('split', {
  readsInput: (args) => operandsOf(args, 'lbna')[0] === undefined || operandsOf(args, 'lbna')[0] === '-',
});
export const base64 = justBashCommand('base64', { readsInput: whenNoFile('w') });
export const gzip = justBashCommand('gzip', { readsInput: whenNoFile('S') });
export const gunzip = justBashCommand('gunzip', { readsInput: whenNoFile('S') });
export const zcat = justBashCommand('zcat', { readsInput: whenNoFile('S') });
export const jq = justBashCommand('jq', { readsInput: whenNoFile('', () => 1) });
export const diff = justBashCommand('diff', { readsInput: (args) => args.includes('-') });
export const find = justBashCommand('find', { readsInput: never });
export const du = justBashCommand('du', { readsInput: never });
export const tree = justBashCommand('tree', { readsInput: never });
export const expr = justBashCommand('expr', { readsInput: never });

export const cmp = commandProgram({ flags: 'slb', values: 'n' }, async (command) => {
  const [left = '-', right = '-'] = command.operands;
  const read = (operand: string): Promise<Uint8Array> =>
    operand === '-'
      ? readAll(command.process.stdin ?? NOTHING, command.process.signal)
      : command.files.readFileBuffer(command.path(operand));
  try {
    const [one, other] = [await read(left), await read(right)];
    const at = one.findIndex((byte, index) => byte !== other[index]);
    if (at < 0 && one.byteLength === other.byteLength) {
      return 0;
    }
    if (!command.options.has('s')) {
      const line = Buffer.from(one.subarray(0, at)).toString('latin1').split('\n').length;
      await (at < 0 || at >= other.byteLength
        ? command.complain(`EOF on ${one.byteLength < other.byteLength ? left : right}`)
        : command.print(`${left} ${right} differ: ${command.busybox ? 'char' : 'byte'} ${at + 1}, line ${line}\n`));
    }
    return 1;
  } catch (error) {
    if (!isFileProblem(error)) {
      throw error;
    }
    await explain(command, '', left, error);
    return 2;
  }
});

/** Replaces `$NAME` and `${NAME}`, only those named in the first argument when there is one. */
export const envsubst: Program = async (process: Process) => {
  const format = process.argv[1];
  const only = format === undefined ? undefined : new Set([...format.matchAll(/\$\{?(\w+)\}?/g)].map((match) => match[1]));
  const text = (await readAll(process.stdin ?? NOTHING, process.signal)).toString('utf8');
  await process.print(
    text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, plain?: string) => {
      const name = braced ?? plain ?? '';
      return only && !only.has(name) ? whole : (process.env.get(name) ?? '');
    }),
  );
  return 0;
};
