// cat, tee, yes: bytes pass through as they come.
import { openSink, openSource } from '../../processes/open.ts';
import { NOTHING, type ByteSource } from '../../processes/byte-stream.ts';
import { commandProgram, forEachOperand, type Command } from '../command.ts';

const CHUNK = 16 * 1024;

export const cat = commandProgram({ flags: 'AbeEnstTuv', long: { number: 'n', 'show-all': 'A', 'show-ends': 'E' } }, async (command) => {
  const { process, options } = command;
  const numbered = options.has('n') || options.has('b');
  let line = 1;
  let atLineStart = true;
  const write = async (chunk: Uint8Array): Promise<void> => {
    await process.spend(chunk.byteLength / 1_000_000);
    if (!numbered && !options.has('E') && !options.has('A') && !options.has('e')) {
      await process.print(chunk);
      return;
    }
    let text = '';
    for (const character of Buffer.from(chunk).toString('latin1')) {
      if (atLineStart && numbered && !(options.has('b') && character === '\n')) {
        text += `${String(line).padStart(6)}\t`;
        line += 1;
      }
      atLineStart = character === '\n';
      text += atLineStart && (options.has('E') || options.has('A') || options.has('e')) ? '$\n' : character;
    }
    await process.print(Buffer.from(text, 'latin1'));
  };
  const operands = command.operands.length > 0 ? command.operands : ['-'];
  return forEachOperand(command, operands, '', async (operand) => copy(command, await sourceOf(command, operand), write));
});

export async function sourceOf(command: Command, operand: string): Promise<ByteSource> {
  return operand === '-' ? (command.process.stdin ?? NOTHING) : openSource(command.process, operand);
}

async function copy(command: Command, source: ByteSource, write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
  for (;;) {
    const chunk = await source.read(command.process.signal);
    if (!chunk) {
      return;
    }
    for (let at = 0; at < chunk.byteLength; at += CHUNK) {
      await write(chunk.subarray(at, at + CHUNK));
    }
  }
}

export const tee = commandProgram({ flags: 'ai', long: { append: 'a', 'ignore-interrupts': 'i' } }, async (command) => {
  const { process } = command;
  const sinks: Awaited<ReturnType<typeof openSink>>[] = [];
  const status = await forEachOperand(command, command.operands, '', async (operand) => {
    sinks.push(await openSink(process, operand, { append: command.options.has('a') }));
  });
  await copy(command, process.stdin ?? NOTHING, async (chunk) => {
    await process.print(chunk);
    for (const sink of sinks) {
      await sink.write(chunk);
    }
  });
  return status;
});

export const yes = commandProgram({ stopAtOperand: true }, async (command) => {
  const line = `${command.operands.length > 0 ? command.operands.join(' ') : 'y'}\n`;
  const block = Buffer.from(line.repeat(Math.max(1, Math.floor(1024 / line.length))));
  for (;;) {
    // A real one writes gigabytes a second; a megabyte is plenty for a lesson and leaves time for everyone else.
    await command.process.spend(1);
    await command.print(block);
  }
});
