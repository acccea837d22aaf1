// The lab stream: what goes over WebSocket /api/labs/:id/stream, both ways.
//
// Binary messages carry terminal bytes, text messages carry JSON (the schemas below). A binary message is
//   byte 0      kind: 1 output (server to browser), 2 input (browser to server)
//   bytes 1-4   terminal number on this connection, unsigned big-endian (given by `terminal.opened`)
//   bytes 5-12  sequence of the first byte, unsigned big-endian (output only; absent in input)
//   rest        the bytes
// The browser acknowledges output with `terminal.ack`; the server stops sending above HIGH_WATERMARK unacknowledged bytes
// and goes on below LOW_WATERMARK. After a disconnect the browser attaches again with `since`: nothing is lost or doubled.
import { z } from 'zod';
import { topologySchema } from './topology.ts';

export const PROTOCOL_VERSION = 1;
/** Largest message either side accepts, in bytes. A larger one closes the connection with CLOSE_TOO_LARGE. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** Unacknowledged output bytes per terminal and connection above which the server pauses. */
export const HIGH_WATERMARK = 512 * 1024;
/** Unacknowledged output bytes below which it goes on. */
export const LOW_WATERMARK = 128 * 1024;
/** The browser acknowledges at least each time it has handled this many bytes. */
export const ACK_EVERY = 64 * 1024;
/** The server pings this often; a peer silent for two periods is gone. */
export const HEARTBEAT_MS = 20_000;

/** WebSocket close codes (4000-4999 are the application's). The reason says the same in words. */
export const CLOSE = {
  notInProtocol: 4400,
  unauthorized: 4401,
  labGone: 4404,
  tooLarge: 4413,
  tooMany: 4429,
  serverStopping: 4503,
} as const;

export const FRAME_OUTPUT = 1;
export const FRAME_INPUT = 2;

const terminalSize = { cols: z.number().int().min(2).max(500), rows: z.number().int().min(1).max(300) };
const terminalId = z.string().min(1).max(64);

export const clientMessageSchema = z.discriminatedUnion('type', [
  /** Opens a new terminal. `requestId` comes back in `terminal.opened`. */
  z.strictObject({ type: z.literal('terminal.open'), requestId: z.string().max(64), ...terminalSize }),
  /** Attaches to a terminal that exists, replaying from `since`. */
  z.strictObject({ type: z.literal('terminal.attach'), requestId: z.string().max(64), terminalId, since: z.number().int().min(0) }),
  z.strictObject({ type: z.literal('terminal.resize'), terminal: z.number().int().min(0), ...terminalSize }),
  z.strictObject({ type: z.literal('terminal.ack'), terminal: z.number().int().min(0), sequence: z.number().int().min(0) }),
  /** Ends the terminal's processes. */
  z.strictObject({ type: z.literal('terminal.close'), terminal: z.number().int().min(0) }),
  z.strictObject({ type: z.literal('lab.extend') }),
  /** Asks for the picture of each sandbox and for every change of it, or for no more of them. */
  z.strictObject({ type: z.literal('topology.watch'), on: z.boolean() }),
  z.strictObject({ type: z.literal('ping'), at: z.number() }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

export const stageSchema = z.object({
  id: z.string(),
  text: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  progress: z.number().min(0).max(1).optional(),
});
export type StageMessage = z.infer<typeof stageSchema>;

/** The outcome of a check. `error` means that the check itself could not run. */
export const verdictSchema = z.object({
  objective: z.string(),
  state: z.enum(['pending', 'passed', 'failed', 'error']),
  expected: z.string().optional(),
  found: z.string().optional(),
  next: z.string().optional(),
  /** Hints that react to what was found. */
  hints: z.array(z.string()).optional(),
});
export type VerdictMessage = z.infer<typeof verdictSchema>;

/** `queued`: the server is full; the lab opens by itself when it is its turn. */
export const labStateSchema = z.enum(['queued', 'opening', 'ready', 'suspended', 'closed', 'failed']);
export type LabState = z.infer<typeof labStateSchema>;

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), protocol: z.number(), labId: z.string(), serverTime: z.number(), expiresAt: z.number() }),
  z.object({ type: z.literal('lab.state'), state: labStateSchema, reason: z.string().optional(), expiresAt: z.number().optional() }),
  z.object({ type: z.literal('lab.stage'), stage: stageSchema }),
  z.object({
    type: z.literal('terminal.opened'),
    requestId: z.string(),
    terminal: z.number(),
    terminalId: z.string(),
    /** Where the output that follows begins. */
    sequence: z.number(),
    /** Where live output begins: what is below is replay, and what it asks of the terminal was answered before. */
    end: z.number().optional(),
    ...terminalSize,
  }),
  /** Terminals of the lab that are open, sent after `hello` and after each change. */
  z.object({
    type: z.literal('terminal.list'),
    terminals: z.array(z.object({ terminalId: z.string(), cols: z.number(), rows: z.number() })),
  }),
  z.object({ type: z.literal('terminal.resized'), terminal: z.number(), ...terminalSize }),
  z.object({
    type: z.literal('terminal.exited'),
    terminal: z.number(),
    exitCode: z.number(),
    signal: z.number().optional(),
    /** The process that keeps terminals died, and the shell with it. */
    lost: z.boolean().optional(),
  }),
  z.object({ type: z.literal('verdicts'), verdicts: z.array(verdictSchema), score: z.number(), outOf: z.number() }),
  /** The whole picture of one sandbox, sent after each change while the page watches. */
  z.object({ type: z.literal('topology'), topology: topologySchema }),
  z.object({ type: z.literal('file.changed'), path: z.string(), version: z.string().nullable() }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string(), requestId: z.string().optional() }),
  z.object({ type: z.literal('pong'), at: z.number() }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;

const INPUT_HEADER = 5;
const OUTPUT_HEADER = 13;

/** Builds an output frame. `sequence` is a byte count below 2^53. */
export function encodeOutput(terminal: number, sequence: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(OUTPUT_HEADER + data.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, FRAME_OUTPUT);
  view.setUint32(1, terminal);
  view.setUint32(5, Math.floor(sequence / 2 ** 32));
  view.setUint32(9, sequence % 2 ** 32);
  frame.set(data, OUTPUT_HEADER);
  return frame;
}

/** Builds an input frame. */
export function encodeInput(terminal: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(INPUT_HEADER + data.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, FRAME_INPUT);
  view.setUint32(1, terminal);
  frame.set(data, INPUT_HEADER);
  return frame;
}

export type Frame =
  | { kind: 'output'; terminal: number; sequence: number; data: Uint8Array }
  | { kind: 'input'; terminal: number; data: Uint8Array };

/** Reads a binary message; undefined when it is not in the protocol. `data` is a view on `message`. */
export function decodeFrame(message: Uint8Array): Frame | undefined {
  if (message.length < INPUT_HEADER) {
    return undefined;
  }
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const terminal = view.getUint32(1);
  switch (view.getUint8(0)) {
    case FRAME_INPUT:
      return { kind: 'input', terminal, data: message.subarray(INPUT_HEADER) };
    case FRAME_OUTPUT: {
      if (message.length < OUTPUT_HEADER) {
        return undefined;
      }
      const high = view.getUint32(5);
      if (high >= 2 ** 21) {
        return undefined;
      }
      return { kind: 'output', terminal, sequence: high * 2 ** 32 + view.getUint32(9), data: message.subarray(OUTPUT_HEADER) };
    }
    default:
      return undefined;
  }
}
