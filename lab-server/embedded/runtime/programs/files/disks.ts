// df, mount, umount, dd, sync: the disk, as far as a container sees one.
import { openSink } from '../../processes/open.ts';
import { NOTHING } from '../../processes/byte-stream.ts';
import { commandProgram, explain, isFileProblem, type Command } from '../command.ts';
import { sourceOf } from '../text/cat.ts';
import { humanSize } from './ls.ts';

/** Size of the simulated node's disk, in kilobytes. */
const DISK_KB = 61_255_492;

export const df = commandProgram(
  { flags: 'ahHikPTl', values: 'Bt', long: { 'human-readable': 'h', 'print-type': 'T', inodes: 'i' } },
  async (command) => {
    const human = command.options.has('h') || command.options.has('H');
    const used = Math.ceil(command.files.tree.writtenBytes / 1024) + 12_482_176;
    const rows: (readonly [string, number, number, string])[] = [
      ['overlay', DISK_KB, used, '/'],
      ['tmpfs', 65_536, 0, '/dev'],
      ['shm', 65_536, 0, '/dev/shm'],
      ...command.files.mounts.map((mount) => [mount.readOnly ? 'tmpfs' : '/dev/vda1', DISK_KB, used, mount.path] as const),
    ];
    const size = (kilobytes: number): string => (human ? (kilobytes === 0 ? '0' : humanSize(kilobytes * 1024)) : String(kilobytes));
    const width = human ? 5 : 9;
    await command.print(
      `Filesystem     ${(human ? 'Size' : '1K-blocks').padStart(width)} ${'Used'.padStart(width - 1)} ${(human ? 'Avail' : 'Available').padStart(width)} Use% Mounted on\n`,
    );
    for (const [name, total, taken, path] of rows) {
      await command.print(
        `${name.padEnd(14)} ${size(total).padStart(width)} ${size(taken).padStart(width - 1)} ${size(total - taken).padStart(width)} ${`${Math.ceil((taken / total) * 100)}%`.padStart(4)} ${path}\n`,
      );
    }
    return 0;
  },
);

export const mount = commandProgram({ flags: 'afnrsvw', values: 'oOtL' }, async (command) => {
  if (command.operands.length > 0) {
    await command.complain(command.busybox ? 'permission denied (are you root?)' : `${command.operands.at(-1) ?? ''}: permission denied.`);
    return command.busybox ? 1 : 32;
  }
  for (const line of (await command.files.readFile('/proc/1/mounts')).split('\n').filter((text) => text !== '')) {
    const [source = '', target = '', type = '', options = ''] = line.split(' ');
    await command.print(`${source} on ${target} type ${type} (${options})\n`);
  }
  return 0;
});

export const sync = commandProgram({ flags: 'df' }, async () => 0);

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  kB: 1000,
  M: 1024 ** 2,
  MB: 1_000_000,
  G: 1024 ** 3,
  GB: 1_000_000_000,
};

export const dd = commandProgram({}, async (command) => {
  const settings = new Map(
    command.operands.map((operand): [string, string] => [operand.slice(0, operand.indexOf('=')), operand.slice(operand.indexOf('=') + 1)]),
  );
  const blockSize = sizeOf(settings.get('bs') ?? settings.get('ibs') ?? '512');
  const count = settings.has('count') ? Number(settings.get('count')) : Infinity;
  if (blockSize === undefined || Number.isNaN(count)) {
    await command.complain('invalid number');
    return 1;
  }
  const started = command.process.machine.clock.now();
  let copied = 0;
  try {
    copied = await copyBlocks(command, settings, blockSize, count);
  } catch (error) {
    if (!isFileProblem(error)) {
      throw error;
    }
    await explain(
      command,
      error.message.includes('ENOSPC') ? 'error writing' : 'failed to open',
      settings.get('of') ?? settings.get('if') ?? 'standard output',
      error,
    );
    return 1;
  }
  if (settings.get('status') !== 'none') {
    const seconds = Math.max(0.001, (command.process.machine.clock.now() - started) / 1000);
    const whole = Math.floor(copied / blockSize);
    const part = copied % blockSize > 0 ? 1 : 0;
    await command.process.complain(
      `${whole}+${part} records in\n${whole}+${part} records out\n${copied} bytes${copied >= 1024 ? ` (${humanSize(copied)}B)` : ''} copied, ${seconds.toFixed(6).replace(/0+$/, '0')} s, ${humanSize(copied / seconds)}B/s\n`,
    );
  }
  return 0;
});

async function copyBlocks(command: Command, settings: ReadonlyMap<string, string>, blockSize: number, count: number): Promise<number> {
  const { process } = command;
  const input = settings.get('if');
  const output = settings.get('of');
  const source = input === undefined ? (process.stdin ?? NOTHING) : await sourceOf(command, input);
  const sink =
    output === undefined
      ? process.stdout
      : await openSink(process, output, { append: /append|notrunc/.test(settings.get('oflag') ?? settings.get('conv') ?? '') });
  const limit = count * blockSize;
  let skip = Number(settings.get('skip') ?? 0) * blockSize;
  let copied = 0;
  while (copied < limit) {
    const chunk = await source.read(process.signal);
    if (!chunk) {
      break;
    }
    const rest = chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - rest.byteLength;
    const wanted = rest.subarray(0, limit - copied);
    if (wanted.byteLength < rest.byteLength) {
      source.unread(rest.subarray(wanted.byteLength));
    }
    copied += wanted.byteLength;
    await process.spend(wanted.byteLength / 2_000_000);
    await sink?.write(wanted);
  }
  return copied;
}

function sizeOf(text: string): number | undefined {
  const match = /^(\d+)([a-zA-Z]*)$/.exec(text);
  const factor = SUFFIXES[match?.[2] ?? ''];
  return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}
