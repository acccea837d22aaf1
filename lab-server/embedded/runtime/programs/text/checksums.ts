// md5sum, sha1sum, sha256sum, sha512sum, cksum.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { NOTHING, readAll } from '../../processes/byte-stream.ts';
import type { Program } from '../../processes/program.ts';
import { commandProgram, forEachOperand, type Command } from '../command.ts';

const MAX_BYTES = 64 * 1024 * 1024;

function read(command: Command, operand: string): Promise<Uint8Array> {
  return operand === '-'
    ? readAll(command.process.stdin ?? NOTHING, command.process.signal, MAX_BYTES)
    : command.files.readFileBuffer(command.path(operand));
}

function digestProgram(algorithm: string): Program {
  return commandProgram({ flags: 'cbtswz', long: { check: 'c', quiet: 's', status: 's', tag: 'z' } }, async (command) => {
    const operands = command.operands.length > 0 ? command.operands : ['-'];
    const digest = async (operand: string): Promise<string> => {
      const bytes = await read(command, operand);
      await command.process.spend(bytes.byteLength / 400_000);
      return createHash(algorithm).update(bytes).digest('hex');
    };
    if (command.options.has('c')) {
      return check(command, operands, digest);
    }
    return forEachOperand(command, operands, '', async (operand) => {
      await command.print(`${await digest(operand)}  ${operand}\n`);
    });
  });
}

async function check(command: Command, lists: readonly string[], digest: (operand: string) => Promise<string>): Promise<number> {
  let failed = 0;
  for (const list of lists) {
    for (const line of Buffer.from(await read(command, list))
      .toString('utf8')
      .split('\n')
      .filter((text) => text !== '')) {
      const [, expected = '', name = ''] = /^([0-9a-f]+)\s+\*?(.*)$/.exec(line) ?? [];
      const actual = await digest(name).catch(() => undefined);
      failed += actual === expected ? 0 : 1;
      if (!command.options.has('s')) {
        await command.print(`${name}: ${actual === undefined ? 'FAILED open or read' : actual === expected ? 'OK' : 'FAILED'}\n`);
      }
    }
  }
  if (failed > 0) {
    await command.complain(`WARNING: ${failed} computed checksum${failed === 1 ? '' : 's'} did NOT match`);
  }
  return failed > 0 ? 1 : 0;
}

export const md5sum = digestProgram('md5');
export const sha1sum = digestProgram('sha1');
export const sha256sum = digestProgram('sha256');
export const sha512sum = digestProgram('sha512');

export const cksum = commandProgram({}, async (command) =>
  forEachOperand(command, command.operands.length > 0 ? command.operands : ['-'], '', async (operand) => {
    const bytes = await read(command, operand);
    await command.print(`${crc32(bytes)} ${bytes.byteLength}${operand === '-' ? '' : ` ${operand}`}\n`);
  }),
);
