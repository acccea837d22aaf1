// What goes over the pty host's Unix socket, both ways: frames of a length, a kind and a body.
//
//   bytes 0-3   length of what follows, unsigned big-endian
//   byte 4      kind: 0 message (JSON), 1 output, 2 input, 3 acknowledgement
//   output      4 bytes reader, 8 bytes sequence of the first byte, the bytes
//   input       4 bytes terminal, the bytes
//   acknowledgement   4 bytes reader, 8 bytes sequence below which everything was handled
import { z } from 'zod';

/** Changes with every incompatible change: the host's socket is named after it. */
export const WIRE_VERSION = 1;
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

const LENGTH_BYTES = 4;
const KIND_MESSAGE = 0;
const KIND_OUTPUT = 1;
const KIND_INPUT = 2;
const KIND_ACKNOWLEDGE = 3;
/** Below this a frame is built in one piece; above it the body is not copied. */
const COPY_BELOW = 4096;

const size = { cols: z.number().int().min(1), rows: z.number().int().min(1) };
const command = z.object({ file: z.string(), args: z.array(z.string()), env: z.record(z.string(), z.string()), cwd: z.string() });
const exit = { exitCode: z.number(), signal: z.number().optional() };

export const toHostSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('open'), request: z.number(), id: z.string(), group: z.string(), command, ...size }),
  z.object({ type: z.literal('resize'), terminal: z.number(), ...size }),
  z.object({ type: z.literal('hangUp'), terminal: z.number() }),
  z.object({ type: z.literal('attach'), reader: z.number(), terminal: z.number(), since: z.number() }),
  z.object({ type: z.literal('detach'), reader: z.number() }),
  /** Starts a process that lives as long as the host unless it is released; the line `ready` on its standard output says that it is ready. */
  z.object({ type: z.literal('hold'), request: z.number(), id: z.string(), command }),
  z.object({ type: z.literal('release'), request: z.number(), id: z.string() }),
  /** Shows a line in every terminal of a group. */
  z.object({ type: z.literal('announce'), group: z.string(), text: z.string() }),
  z.object({ type: z.literal('shutdown') }),
]);
export type ToHost = z.infer<typeof toHostSchema>;

const terminal = z.object({
  number: z.number(),
  id: z.string(),
  group: z.string(),
  end: z.number(),
  exit: z.object(exit).optional(),
  ...size,
});
export type TerminalDescription = z.infer<typeof terminal>;

export const fromHostSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    version: z.number(),
    pid: z.number(),
    terminals: z.array(terminal),
    held: z.array(z.object({ id: z.string(), ready: z.string() })),
  }),
  z.object({ type: z.literal('opened'), request: z.number(), terminal }),
  z.object({ type: z.literal('failed'), request: z.number(), message: z.string() }),
  z.object({ type: z.literal('exited'), terminal: z.number(), end: z.number(), ...exit }),
  z.object({ type: z.literal('resized'), terminal: z.number(), ...size }),
  z.object({ type: z.literal('inputRefused'), terminal: z.number() }),
  z.object({ type: z.literal('held'), request: z.number(), ready: z.string() }),
  z.object({ type: z.literal('released'), request: z.number() }),
  z.object({ type: z.literal('holdEnded'), id: z.string(), message: z.string() }),
]);
export type FromHost = z.infer<typeof fromHostSchema>;

export type WireFrame =
  | { kind: 'message'; json: unknown }
  | { kind: 'output'; reader: number; sequence: number; data: Buffer }
  | { kind: 'input'; terminal: number; data: Buffer }
  | { kind: 'acknowledge'; reader: number; sequence: number };

/** The frame of a message, ready to be written. */
export function encodeMessage(message: ToHost | FromHost): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  return Buffer.concat([header(KIND_MESSAGE, body.length, 0), body]);
}

/** The frame of output, as pieces to be written one after the other. */
export function encodeOutput(reader: number, sequence: number, data: Uint8Array): Buffer[] {
  const head = header(KIND_OUTPUT, data.length, 12);
  head.writeUInt32BE(reader, 5);
  writeSequence(head, sequence, 9);
  return joined(head, data);
}

export function encodeInput(terminalNumber: number, data: Uint8Array): Buffer[] {
  const head = header(KIND_INPUT, data.length, 4);
  head.writeUInt32BE(terminalNumber, 5);
  return joined(head, data);
}

export function encodeAcknowledge(reader: number, sequence: number): Buffer {
  const frame = header(KIND_ACKNOWLEDGE, 0, 12);
  frame.writeUInt32BE(reader, 5);
  writeSequence(frame, sequence, 9);
  return frame;
}

function header(kind: number, bodyBytes: number, extraBytes: number): Buffer {
  const head = Buffer.allocUnsafe(LENGTH_BYTES + 1 + extraBytes);
  head.writeUInt32BE(1 + extraBytes + bodyBytes, 0);
  head[LENGTH_BYTES] = kind;
  return head;
}

function joined(head: Buffer, data: Uint8Array): Buffer[] {
  const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return data.length < COPY_BELOW ? [Buffer.concat([head, body])] : [head, body];
}

function writeSequence(frame: Buffer, sequence: number, offset: number): void {
  frame.writeUInt32BE(Math.floor(sequence / 2 ** 32), offset);
  frame.writeUInt32BE(sequence % 2 ** 32, offset + 4);
}

function readSequence(frame: Buffer, offset: number): number {
  return frame.readUInt32BE(offset) * 2 ** 32 + frame.readUInt32BE(offset + 4);
}

/** Cuts a byte stream into frames. Throws RangeError or SyntaxError on bytes that are not in the protocol. */
export class WireDecoder {
  #pieces: Buffer[] = [];
  #buffered = 0;
  #wanted = LENGTH_BYTES;

  /** Calls `onFrame` for each frame that `chunk` completes. Data of frames are views on what was pushed. */
  push(chunk: Buffer, onFrame: (frame: WireFrame) => void): void {
    this.#pieces.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < this.#wanted) {
      return;
    }
    const bytes = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces);
    let offset = 0;
    this.#wanted = LENGTH_BYTES;
    while (bytes.length - offset >= LENGTH_BYTES) {
      const length = bytes.readUInt32BE(offset);
      if (length === 0 || length > MAX_FRAME_BYTES) {
        throw new RangeError(`a frame of ${length} bytes is not in the protocol`);
      }
      if (bytes.length - offset < LENGTH_BYTES + length) {
        this.#wanted = LENGTH_BYTES + length;
        break;
      }
      onFrame(decodeFrame(bytes.subarray(offset + LENGTH_BYTES, offset + LENGTH_BYTES + length)));
      offset += LENGTH_BYTES + length;
    }
    const rest = bytes.subarray(offset);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#buffered = rest.length;
  }
}

function decodeFrame(frame: Buffer): WireFrame {
  const kind = frame.readUInt8(0);
  switch (kind) {
    case KIND_MESSAGE:
      return { kind: 'message', json: JSON.parse(frame.toString('utf8', 1)) as unknown };
    case KIND_OUTPUT:
      return { kind: 'output', reader: frame.readUInt32BE(1), sequence: readSequence(frame, 5), data: frame.subarray(13) };
    case KIND_INPUT:
      return { kind: 'input', terminal: frame.readUInt32BE(1), data: frame.subarray(5) };
    case KIND_ACKNOWLEDGE:
      return { kind: 'acknowledge', reader: frame.readUInt32BE(1), sequence: readSequence(frame, 5) };
    default:
      throw new RangeError(`a frame of kind ${kind} is not in the protocol`);
  }
}
