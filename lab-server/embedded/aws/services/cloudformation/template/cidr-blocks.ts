// Fn::Cidr: a block cut into smaller ones.
import { templateError } from '../errors.ts';

const BITS = 32;
const MOST = 256;

/** `count` blocks with `hostBits` bits for hosts each, from the start of `block`. Throws ValidationError when they do not fit. */
export function cidrBlocks(block: string, count: number, hostBits: number): string[] {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(block);
  const numbers = (match ?? []).slice(1).map(Number);
  const prefix = numbers[4] ?? 0;
  const size = 2 ** hostBits;
  if (!match || count < 1 || count > MOST || hostBits < 0 || hostBits > BITS - prefix || count * size > 2 ** (BITS - prefix)) {
    throw templateError(`Fn::Cidr cannot cut ${count} blocks of ${hostBits} bits from ${block}`);
  }
  const start = numbers.slice(0, 4).reduce((sum, part) => sum * 256 + part, 0);
  return Array.from({ length: count }, (_none, index) => {
    const address = start + index * size;
    const octets = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
    return `${octets.join('.')}/${BITS - hostBits}`;
  });
}
