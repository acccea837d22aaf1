// wc, seq, shuf: counts, numbers, and lines in any order.
import { NOTHING, readAll } from '../../processes/byte-stream.ts';
import { commandProgram, forEachOperand, type Command } from '../command.ts';
import { sourceOf } from './cat.ts';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_NUMBERS = 10_000_000;
const NEWLINE = 10;

interface Counts {
  lines: number;
  words: number;
  characters: number;
  bytes: number;
  longest: number;
}

export const wc = commandProgram(
  { flags: 'lwcmL', long: { lines: 'l', words: 'w', bytes: 'c', chars: 'm', 'max-line-length': 'L' } },
  async (command) => {
    const total: Counts = { lines: 0, words: 0, characters: 0, bytes: 0, longest: 0 };
    const rows: { counts: Counts; name: string | undefined }[] = [];
    const operands = command.operands.length > 0 ? command.operands : ['-'];
    const status = await forEachOperand(command, operands, '', async (operand) => {
      const counts = await count(command, operand);
      rows.push({ counts, name: command.operands.length === 0 ? undefined : operand });
      total.lines += counts.lines;
      total.words += counts.words;
      total.characters += counts.characters;
      total.bytes += counts.bytes;
      total.longest = Math.max(total.longest, counts.longest);
    });
    if (operands.length > 1) {
      rows.push({ counts: total, name: 'total' });
    }
    const cells = rows.map((row) => chosen(command, row.counts));
    const single = cells.every((row) => row.length === 1) && rows.length === 1;
    const width = single
      ? 0
      : command.busybox
        ? 9
        : rows.some((row) => row.name === undefined)
          ? 7
          : Math.max(...cells.flat().map((cell) => cell.length));
    await command.print(
      rows
        .map(
          (row, index) =>
            `${(cells[index] ?? []).map((cell) => cell.padStart(width)).join(' ')}${row.name === undefined ? '' : ` ${row.name}`}\n`,
        )
        .join(''),
    );
    return status;
  },
);

async function count(command: Command, operand: string): Promise<Counts> {
  const source = await sourceOf(command, operand);
  const counts: Counts = { lines: 0, words: 0, characters: 0, bytes: 0, longest: 0 };
  let inWord = false;
  let lineLength = 0;
  for (let chunk = await source.read(command.process.signal); chunk; chunk = await source.read(command.process.signal)) {
    await command.process.spend(chunk.byteLength / 500_000);
    counts.bytes += chunk.byteLength;
    for (const byte of chunk) {
      const blank = byte === 32 || (byte >= 9 && byte <= 13);
      counts.words += !blank && !inWord ? 1 : 0;
      inWord = !blank;
      // Continuation bytes of UTF-8 are no characters of their own.
      counts.characters += (byte & 0xc0) === 0x80 ? 0 : 1;
      if (byte === NEWLINE) {
        counts.lines += 1;
        counts.longest = Math.max(counts.longest, lineLength);
        lineLength = 0;
      } else {
        lineLength += 1;
      }
    }
  }
  counts.longest = Math.max(counts.longest, lineLength);
  return counts;
}

function chosen(command: Command, counts: Counts): string[] {
  const { options } = command;
  const all = !['l', 'w', 'c', 'm', 'L'].some((letter) => options.has(letter));
  return [
    ...(all || options.has('l') ? [counts.lines] : []),
    ...(all || options.has('w') ? [counts.words] : []),
    ...(options.has('m') ? [counts.characters] : []),
    ...(all || options.has('c') ? [counts.bytes] : []),
    ...(options.has('L') ? [counts.longest] : []),
  ].map(String);
}

export const seq = commandProgram(
  { flags: 'w', values: 'sf', long: { separator: 's', 'equal-width': 'w', format: 'f' }, stopAtOperand: true },
  async (command) => {
    const numbers = command.operands.map(Number);
    const [from, step, to] =
      numbers.length === 1
        ? [1, 1, numbers[0] ?? 0]
        : numbers.length === 2
          ? [numbers[0] ?? 0, 1, numbers[1] ?? 0]
          : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0];
    const bad = command.operands.find((operand) => Number.isNaN(Number(operand)));
    if (bad !== undefined || numbers.length === 0 || step === 0) {
      await command.complain(
        bad === undefined
          ? numbers.length === 0
            ? 'missing operand'
            : `invalid Zero increment value: '${command.operands[1] ?? ''}'`
          : `invalid floating point argument: '${bad}'`,
      );
      return 1;
    }
    const decimals = Math.max(0, ...command.operands.map((operand) => operand.split('.')[1]?.length ?? 0));
    const count = Math.min(MAX_NUMBERS, Math.floor((to - from) / step + 1e-9) + 1);
    const texts = (index: number): string => (from + index * step).toFixed(decimals);
    const width = command.options.has('w') ? Math.max(texts(0).length, texts(Math.max(0, count - 1)).length) : 0;
    const separator = (command.options.value('s') ?? '\n').replaceAll('\\n', '\n').replaceAll('\\t', '\t');
    for (let at = 0; at < count; at += 1000) {
      await command.process.spend(0.1);
      const block = Array.from({ length: Math.min(1000, count - at) }, (_value, index) => texts(at + index).padStart(width, '0'));
      await command.print(`${block.join(separator)}${at + 1000 >= count ? '\n' : separator}`);
    }
    return 0;
  },
);

export const shuf = commandProgram(
  { flags: 'erz', values: 'nio', long: { echo: 'e', repeat: 'r', 'head-count': 'n', 'input-range': 'i' } },
  async (command) => {
    const range = /^(\d+)-(\d+)$/.exec(command.options.value('i') ?? '');
    const lines = range
      ? Array.from({ length: Math.min(MAX_NUMBERS, Number(range[2]) - Number(range[1]) + 1) }, (_value, index) =>
          String(Number(range[1]) + index),
        )
      : command.options.has('e')
        ? [...command.operands]
        : (
            await readAll(
              command.operands[0] === undefined ? (command.process.stdin ?? NOTHING) : await sourceOf(command, command.operands[0]),
              command.process.signal,
              MAX_BYTES,
            )
          )
            .toString('utf8')
            .replace(/\n$/, '')
            .split('\n');
    for (let at = lines.length - 1; at > 0; at -= 1) {
      const other = (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % (at + 1);
      [lines[at], lines[other]] = [lines[other] ?? '', lines[at] ?? ''];
    }
    await command.print(
      lines
        .slice(0, Number(command.options.value('n') ?? lines.length))
        .map((line) => `${line}\n`)
        .join(''),
    );
    return 0;
  },
);
