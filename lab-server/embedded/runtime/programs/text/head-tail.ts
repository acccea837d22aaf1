// head and tail, with tail -f on files that grow and on streams that come.
import { openSource } from '../../processes/open.ts';
import type { ByteSource } from '../../processes/byte-stream.ts';
import { readLine } from '../../processes/line-reader.ts';
import { commandProgram, forEachOperand, type Command } from '../command.ts';
import { sourceOf } from './cat.ts';

const NEWLINE = 10;
/** How often tail -f looks at a file, in milliseconds: GNU tail's own interval without inotify. */
const FOLLOW_MS = 1_000;
/** What tail holds of a stream to find its end. */
const MAX_TAIL_BYTES = 16 * 1024 * 1024;

const LONG = { lines: 'n', bytes: 'c', quiet: 'q', silent: 'q', verbose: 'v', follow: 'f', retry: 'F' } as const;

/** `-5` is an old form of `-n 5`. */
function withOldForm(command: Command): { count: string; bytes: boolean } {
  const bytes = command.options.value('c');
  const digits = '0123456789'.split('').find((digit) => command.options.has(digit));
  const old =
    digits === undefined
      ? undefined
      : command.process.argv
          .slice(1)
          .find((word) => /^-\d+$/.test(word))
          ?.slice(1);
  return { count: bytes ?? command.options.value('n') ?? old ?? '10', bytes: bytes !== undefined };
}

export const head = commandProgram({ flags: 'qv0123456789', values: 'nc', long: LONG }, async (command) => {
  const { count, bytes } = withOldForm(command);
  const amount = amountOf(count);
  if (amount === undefined) {
    await command.complain(`invalid number of ${bytes ? 'bytes' : 'lines'}: '${count}'`);
    return 1;
  }
  return withTitles(command, 'cannot open', async (operand) => {
    const source = await sourceOf(command, operand);
    if (count.startsWith('-')) {
      const all = await gather(command, source);
      await command.print(bytes ? all.subarray(0, Math.max(0, all.byteLength - amount)) : all.subarray(0, startOfLastLines(all, amount)));
      return;
    }
    await (bytes ? headBytes(command, source, amount) : headLines(command, source, amount));
  });
});

async function headLines(command: Command, source: ByteSource, count: number): Promise<void> {
  for (let line = 0; line < count; line += 1) {
    const next = await readLine(source, command.process.signal);
    if (!next) {
      return;
    }
    await command.print(next.ended ? next.text : `${next.text}\n`);
  }
}

async function headBytes(command: Command, source: ByteSource, count: number): Promise<void> {
  let left = count;
  while (left > 0) {
    const chunk = await source.read(command.process.signal);
    if (!chunk) {
      return;
    }
    await command.print(chunk.subarray(0, left));
    source.unread(chunk.subarray(left));
    left -= Math.min(left, chunk.byteLength);
  }
}

export const tail = commandProgram(
  { flags: 'fFqv0123456789', values: 'ncs', long: { ...LONG, 'sleep-interval': 's' } },
  async (command) => {
    const { count, bytes } = withOldForm(command);
    const amount = amountOf(count);
    if (amount === undefined) {
      await command.complain(`invalid number of ${bytes ? 'bytes' : 'lines'}: '${count}'`);
      return 1;
    }
    const follows = command.options.has('f') || command.options.has('F');
    const ends = new Map<string, number>();
    const status = await withTitles(command, 'cannot open', async (operand) => {
      const source = await sourceOf(command, operand);
      const isStream = operand === '-' || (await isDevice(command, operand));
      if (isStream && follows) {
        await followStream(command, source);
        return;
      }
      const all = await gather(command, source);
      ends.set(operand, all.byteLength);
      const start = count.startsWith('+')
        ? startOfLine(all, bytes, amount)
        : bytes
          ? Math.max(0, all.byteLength - amount)
          : startOfLastLines(all, amount);
      await command.print(all.subarray(start));
    });
    if (follows && (ends.size > 0 || command.options.has('F'))) {
      await followFiles(command, ends);
    }
    return status;
  },
);

/** Reads to the end, holding it in the container's memory: `tail /dev/zero` is a well-known way to run out of it. */
async function gather(command: Command, source: ByteSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let chunk = await source.read(command.process.signal); chunk; chunk = await source.read(command.process.signal)) {
    size += chunk.byteLength;
    command.process.holdMemory(size);
    // What is beyond the bound is only counted: our own memory is not the container's.
    if (size <= MAX_TAIL_BYTES) {
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks);
}

/** `tail -f /dev/null` waits for what never comes: the usual way to keep a container alive. */
async function followStream(command: Command, source: ByteSource): Promise<void> {
  for (;;) {
    const chunk = await source.read(command.process.signal);
    if (!chunk) {
      break;
    }
    await command.print(chunk);
  }
  if (command.operands.some((operand) => operand.startsWith('/dev/'))) {
    await new Promise((_resolve, reject) => {
      command.process.signal.addEventListener('abort', () => reject(command.process.signal.reason as Error), { once: true });
    });
  }
}

async function followFiles(command: Command, ends: Map<string, number>): Promise<never> {
  const operands = command.options.has('F') ? command.operands : [...ends.keys()];
  const interval = Number(command.options.value('s') ?? FOLLOW_MS / 1000) * 1000;
  let last = operands.at(-1);
  for (;;) {
    await command.process.sleep(interval);
    for (const operand of operands) {
      const bytes = await command.files.readFileBuffer(command.path(operand)).catch(() => undefined);
      const before = ends.get(operand) ?? 0;
      if (!bytes || bytes.byteLength === before) {
        continue;
      }
      if (operands.length > 1 && last !== operand) {
        await command.print(`\n==> ${operand} <==\n`);
        last = operand;
      }
      if (bytes.byteLength < before) {
        await command.complain(`${operand}: file truncated`);
      }
      await command.print(bytes.subarray(bytes.byteLength < before ? 0 : before));
      ends.set(operand, bytes.byteLength);
    }
  }
}

async function withTitles(command: Command, attempt: string, run: (operand: string) => Promise<void>): Promise<number> {
  const operands = command.operands.length > 0 ? command.operands : ['-'];
  const titled = (operands.length > 1 || command.options.has('v')) && !command.options.has('q');
  let first = true;
  return forEachOperand(command, operands, command.busybox ? '' : `${attempt}`, async (operand) => {
    if (operand !== '-') {
      (await openSource(command.process, operand)).close();
    }
    if (titled) {
      await command.print(`${first ? '' : '\n'}==> ${operand === '-' ? 'standard input' : operand} <==\n`);
      first = false;
    }
    await run(operand);
  });
}

async function isDevice(command: Command, operand: string): Promise<boolean> {
  return command.files.nodeAt(command.path(operand))?.kind === 'device' || /^\/(dev\/std|proc\/self\/fd|dev\/fd)/.test(operand);
}

function amountOf(text: string): number | undefined {
  const match = /^[-+]?(\d+)([kKmMbG]?)$/.exec(text);
  const factor = { k: 1024, K: 1024, m: 1024 ** 2, M: 1024 ** 2, b: 512, G: 1024 ** 3 }[match?.[2] ?? ''] ?? 1;
  return match ? Number(match[1]) * factor : undefined;
}

function startOfLastLines(bytes: Uint8Array, lines: number): number {
  let at = bytes.byteLength;
  if (lines === 0) {
    return at;
  }
  if (bytes[at - 1] === NEWLINE) {
    at -= 1;
  }
  for (let left = lines; at > 0; at -= 1) {
    if (bytes[at - 1] === NEWLINE) {
      left -= 1;
      if (left === 0) {
        return at;
      }
    }
  }
  return 0;
}

function startOfLine(bytes: Uint8Array, isBytes: boolean, from: number): number {
  if (isBytes) {
    return Math.max(0, from - 1);
  }
  let at = 0;
  for (let line = 1; line < from; line += 1) {
    const next = bytes.indexOf(NEWLINE, at);
    if (next < 0) {
      return bytes.byteLength;
    }
    at = next + 1;
  }
  return at;
}
