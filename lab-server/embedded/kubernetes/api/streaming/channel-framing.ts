// WebSocket messages that name a channel in their first byte; in the base64 protocols, in a first digit before base64 text.
import type { WebSocket } from 'ws';

const DIGIT_ZERO = 0x30;

export type Done = (error?: Error | null) => void;

export interface ChannelFraming {
  send: (channel: number, payload: Uint8Array, done: Done) => void;
  onMessage: (listener: (channel: number, payload: Buffer) => void) => void;
}

export function channelFraming(socket: WebSocket): ChannelFraming {
  const base64 = socket.protocol.includes('base64');
  return {
    send(channel, payload, done) {
      if (base64) {
        const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64');
        socket.send(String.fromCharCode(DIGIT_ZERO + channel) + text, done);
        return;
      }
      const message = Buffer.allocUnsafe(payload.length + 1);
      message[0] = channel;
      message.set(payload, 1);
      socket.send(message, { binary: true }, done);
    },
    onMessage(listener) {
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (data.length === 0) {
          return;
        }
        if (base64 && !isBinary) {
          listener((data[0] ?? DIGIT_ZERO) - DIGIT_ZERO, Buffer.from(data.toString('latin1', 1), 'base64'));
        } else {
          listener(data[0] ?? 0, data.subarray(1));
        }
      });
    },
  };
}

/** `send` for those who wait by promise. */
export function sendOn(framing: ChannelFraming, channel: number, payload: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    framing.send(channel, payload, (error) => (error ? reject(error) : resolve()));
  });
}
