// Reads the protobuf wire format: fields of a message, one after the other.
import { DecodeError } from './scalars.ts';

export type WireField = { number: number; value: bigint | Buffer };

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Fields of a message in the order in which they stand. Throws DecodeError where the bytes are none. */
export function* wireFields(message: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at];
      if (byte === undefined) {
        break;
      }
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    throw new DecodeError('unexpected EOF');
  };
  const bytes = (length: number): Buffer => {
    if (at + length > message.length) {
      throw new DecodeError('unexpected EOF');
    }
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case VARINT:
        yield { number, value: varint() };
        break;
      case BYTES:
        yield { number, value: bytes(Number(varint())) };
        break;
      case FIXED64:
        yield { number, value: bytes(8) };
        break;
      case FIXED32:
        yield { number, value: bytes(4) };
        break;
      default:
        throw new DecodeError(`proto: illegal wireType ${tag & 7n}`);
    }
  }
}

export function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}
