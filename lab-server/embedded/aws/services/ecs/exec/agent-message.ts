// Messages of a Session Manager data channel, as agent and plugin exchange them: a header of fixed fields in big-endian order, then a payload
// (https://github.com/aws/session-manager-plugin, src/message).
import { createHash, randomUUID } from 'node:crypto';

export type MessageType =
  | 'input_stream_data'
  | 'output_stream_data'
  | 'acknowledge'
  | 'channel_closed'
  | 'start_publication'
  | 'pause_publication';

/** What a payload is. */
export const PAYLOAD = {
  none: 0,
  output: 1,
  error: 2,
  size: 3,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  flag: 10,
} as const;

export interface AgentMessage {
  type: string;
  id: string;
  sequence: number;
  payloadType: number;
  payload: Buffer;
}

const AT = {
  type: 4,
  schema: 36,
  created: 40,
  sequence: 48,
  flags: 56,
  id: 64,
  digest: 80,
  payloadType: 112,
  payloadLength: 116,
  payload: 120,
};
const TYPE_BYTES = 32;
const SCHEMA_VERSION = 1;
/** Marks the first message and the last; acknowledgements carry both. */
const FLAG_SYN = 1;
const FLAG_BOTH = 3;

/** A message with a new id. `now`: milliseconds since the epoch. */
export function writeMessage(
  type: MessageType,
  sequence: number,
  payloadType: number,
  payload: Buffer,
  now: number,
): { id: string; bytes: Buffer } {
  const id = randomUUID();
  const bytes = Buffer.alloc(AT.payload + payload.length);
  bytes.writeUInt32BE(AT.payloadLength, 0);
  bytes.write(type.padEnd(TYPE_BYTES, ' '), AT.type, TYPE_BYTES, 'ascii');
  bytes.writeUInt32BE(SCHEMA_VERSION, AT.schema);
  bytes.writeBigUInt64BE(BigInt(now), AT.created);
  bytes.writeBigInt64BE(BigInt(sequence), AT.sequence);
  bytes.writeBigUInt64BE(BigInt(type === 'acknowledge' ? FLAG_BOTH : sequence === 0 ? FLAG_SYN : 0), AT.flags);
  const hex = Buffer.from(id.replaceAll('-', ''), 'hex');
  // The second half of a UUID goes first.
  hex.copy(bytes, AT.id, 8, 16);
  hex.copy(bytes, AT.id + 8, 0, 8);
  createHash('sha256').update(payload).digest().copy(bytes, AT.digest);
  bytes.writeUInt32BE(payloadType, AT.payloadType);
  bytes.writeUInt32BE(payload.length, AT.payloadLength);
  payload.copy(bytes, AT.payload);
  return { id, bytes };
}

/** Undefined when the bytes are no message, or not whole. */
export function readMessage(bytes: Buffer): AgentMessage | undefined {
  if (bytes.length < AT.payload) {
    return undefined;
  }
  // Where the payload begins is the sender's to say: later headers may be longer.
  const lengthAt = bytes.readUInt32BE(0);
  if (lengthAt < AT.payloadLength || lengthAt + 4 > bytes.length) {
    return undefined;
  }
  const length = bytes.readUInt32BE(lengthAt);
  const start = lengthAt + 4;
  if (start + length > bytes.length) {
    return undefined;
  }
  const hex = Buffer.concat([bytes.subarray(AT.id + 8, AT.id + 16), bytes.subarray(AT.id, AT.id + 8)]).toString('hex');
  return {
    type: bytes
      .toString('ascii', AT.type, AT.type + TYPE_BYTES)
      .replaceAll('\0', '')
      .trimEnd(),
    id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    sequence: Number(bytes.readBigInt64BE(AT.sequence)),
    payloadType: bytes.readUInt32BE(AT.payloadType),
    payload: bytes.subarray(start, start + length),
  };
}
