// Writes DER, the encoding of certificates: as much of it as a cluster's own certificates need.

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;

/** One element: its tag, its length, its content. */
export function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) {
    return Buffer.from([length]);
  }
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export function sequence(...content: readonly Buffer[]): Buffer {
  return element(SEQUENCE, ...content);
}

export function set(...content: readonly Buffer[]): Buffer {
  return element(SET, ...content);
}

/** A non-negative integer, given as big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  // A leading zero keeps the number from reading as negative.
  return element(INTEGER, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.from([value ? 0xff : 0]));
}

export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return element(BIT_STRING, Buffer.from([unusedBits]), bytes);
}

export function octetString(bytes: Buffer): Buffer {
  return element(OCTET_STRING, bytes);
}

export function utf8(text: string): Buffer {
  return element(UTF8_STRING, Buffer.from(text));
}

/** `yyyyMMddHHmmssZ` of milliseconds since the epoch. */
export function generalizedTime(at: number): Buffer {
  // oxlint-disable-next-line no-restricted-globals -- formats a given time; never asks for the current one
  const text = new Date(at).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
  return element(GENERALIZED_TIME, Buffer.from(`${text}Z`));
}

/** `2.5.29.17` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part % 128];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left % 128) | 0x80);
    }
    bytes.push(...groups);
  }
  return element(OBJECT_IDENTIFIER, Buffer.from(bytes));
}

/** Context-specific, constructed: `[0] EXPLICIT`. */
export function explicit(tag: number, content: Buffer): Buffer {
  return element(0xa0 | tag, content);
}

/** Context-specific, primitive: `[2] IMPLICIT`. */
export function implicit(tag: number, content: Buffer): Buffer {
  return element(0x80 | tag, content);
}
