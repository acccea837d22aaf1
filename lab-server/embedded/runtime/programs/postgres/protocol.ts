// PostgreSQL's frontend/backend protocol, version 3 (postgresql.org/docs/current/protocol.html).

/** Longest message a client may send. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

export interface Message {
  /** Empty for the first message, which has no type. */
  type: string;
  body: Buffer;
}

export class MessageReader {
  #buffer = Buffer.alloc(0);
  #started: boolean;

  /** A server's reader begins with the start-up message; a client's does not. */
  constructor(side: 'server' | 'client') {
    this.#started = side === 'client';
  }

  push(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
  }

  /** After a refused SSL request the start-up message comes once more. */
  expectStartup(): void {
    this.#started = false;
  }

  next(): Message | undefined {
    const head = this.#started ? 1 : 0;
    if (this.#buffer.byteLength < head + 4) {
      return undefined;
    }
    const length = this.#buffer.readUInt32BE(head);
    if (length < 4 || length > MAX_MESSAGE_BYTES) {
      throw new Error('invalid message length');
    }
    if (this.#buffer.byteLength < head + length) {
      return undefined;
    }
    const type = this.#started ? String.fromCharCode(this.#buffer[0] ?? 0) : '';
    const body = this.#buffer.subarray(head + 4, head + length);
    this.#buffer = this.#buffer.subarray(head + length);
    this.#started = true;
    return { type, body };
  }
}

export function message(type: string, ...parts: readonly (Buffer | number)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'number' ? int16(part) : part)));
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(body.byteLength + 4, 1);
  return Buffer.concat([type === '' ? head.subarray(1) : head, body]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** Reads the fields of a message in order. */
export class FieldReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  get done(): boolean {
    return this.#at >= this.#body.byteLength;
  }

  string(): string {
    const end = this.#body.indexOf(0, this.#at);
    const text = this.#body.subarray(this.#at, end < 0 ? undefined : end).toString('utf8');
    this.#at = end < 0 ? this.#body.byteLength : end + 1;
    return text;
  }

  int16(): number {
    const value = this.#body.readInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  int32(): number {
    const value = this.#body.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  bytes(length: number): Buffer {
    const bytes = this.#body.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }
}
