// The frames of SPDY/3.1 that streaming needs, as bytes. https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/

const VERSION = 3;
const HEADER_BYTES = 8;
const CONTROL_BIT = 0x8000;
const STREAM_ID_MASK = 0x7fffffff;
/** A frame that claims more than this is not one that kubectl sends. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

const TYPES = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const;
export const FLAG_FIN = 1;

export type Frame =
  | { type: 'data'; stream: number; fin: boolean; data: Buffer }
  | { type: 'synStream'; stream: number; fin: boolean; headers: Buffer }
  | { type: 'headers'; stream: number; fin: boolean; headers: Buffer }
  | { type: 'synReply'; stream: number; fin: boolean; headers: Buffer }
  | { type: 'rstStream'; stream: number; status: number }
  | { type: 'ping'; id: number }
  | { type: 'goAway' }
  | { type: 'other' };

export class SpdyError extends Error {}

/** Cuts a byte stream into frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /** The frames that are complete with `chunk`. Throws SpdyError on what is no SPDY/3. */
  push(chunk: Buffer): Frame[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (this.#pending.length - at >= HEADER_BYTES) {
      const length = this.#pending.readUIntBE(at + 5, 3);
      if (length > MAX_FRAME_BYTES) {
        throw new SpdyError(`a frame of ${length} bytes is too large`);
      }
      const end = at + HEADER_BYTES + length;
      if (this.#pending.length < end) {
        break;
      }
      frames.push(parseFrame(this.#pending.subarray(at, end)));
      at = end;
    }
    this.#pending = this.#pending.subarray(at);
    return frames;
  }
}

function parseFrame(bytes: Buffer): Frame {
  const fin = ((bytes[4] ?? 0) & FLAG_FIN) !== 0;
  const body = bytes.subarray(HEADER_BYTES);
  const first = bytes.readUInt16BE(0);
  if ((first & CONTROL_BIT) === 0) {
    return { type: 'data', stream: bytes.readUInt32BE(0) & STREAM_ID_MASK, fin, data: body };
  }
  if ((first & ~CONTROL_BIT) !== VERSION) {
    throw new SpdyError(`SPDY version ${first & ~CONTROL_BIT} is not spoken here`);
  }
  const type = bytes.readUInt16BE(2);
  if (body.length < 4) {
    return { type: type === TYPES.goAway ? 'goAway' : 'other' };
  }
  const stream = body.readUInt32BE(0) & STREAM_ID_MASK;
  switch (type) {
    case TYPES.synStream:
      // Associated stream, priority and slot follow the stream's number.
      return { type: 'synStream', stream, fin, headers: body.subarray(10) };
    case TYPES.synReply:
      return { type: 'synReply', stream, fin, headers: body.subarray(4) };
    case TYPES.headers:
      return { type: 'headers', stream, fin, headers: body.subarray(4) };
    case TYPES.rstStream:
      return { type: 'rstStream', stream, status: body.length >= 8 ? body.readUInt32BE(4) : 0 };
    case TYPES.ping:
      return { type: 'ping', id: body.readUInt32BE(0) };
    case TYPES.goAway:
      return { type: 'goAway' };
    default:
      return { type: 'other' };
  }
}

export function dataFrame(stream: number, data: Uint8Array, fin: boolean): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + data.length);
  frame.writeUInt32BE(stream, 0);
  frame[4] = fin ? FLAG_FIN : 0;
  frame.writeUIntBE(data.length, 5, 3);
  frame.set(data, HEADER_BYTES);
  return frame;
}

/** `headers` is a compressed header block. */
export function synStreamFrame(stream: number, headers: Uint8Array, fin = false): Buffer {
  const body = Buffer.alloc(10 + headers.length);
  body.writeUInt32BE(stream, 0);
  body.set(headers, 10);
  return controlFrame(TYPES.synStream, fin, body);
}

export function synReplyFrame(stream: number, headers: Uint8Array): Buffer {
  const body = Buffer.alloc(4 + headers.length);
  body.writeUInt32BE(stream, 0);
  body.set(headers, 4);
  return controlFrame(TYPES.synReply, false, body);
}

export function rstStreamFrame(stream: number, status: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32BE(stream, 0);
  body.writeUInt32BE(status, 4);
  return controlFrame(TYPES.rstStream, false, body);
}

export function pingFrame(id: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(id, 0);
  return controlFrame(TYPES.ping, false, body);
}

function controlFrame(type: number, fin: boolean, body: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + body.length);
  frame.writeUInt16BE(CONTROL_BIT | VERSION, 0);
  frame.writeUInt16BE(type, 2);
  frame[4] = fin ? FLAG_FIN : 0;
  frame.writeUIntBE(body.length, 5, 3);
  frame.set(body, HEADER_BYTES);
  return frame;
}
