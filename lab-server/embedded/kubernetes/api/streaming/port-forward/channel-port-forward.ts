// Port-forward over WebSocket channels: for each port of the request a data and an error channel, each beginning with the port's number.
import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { channelFraming, sendOn } from '../channel-framing.ts';
import { forward, type ForwardTarget } from './forward.ts';

/** The protocols in the order of preference. */
export const PORT_FORWARD_CHANNEL_PROTOCOLS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'] as const;

export function serveChannelPortForward(
  socket: WebSocket,
  ports: readonly number[],
  target: ForwardTarget,
  report: (error: unknown) => void,
): void {
  const framing = channelFraming(socket);
  const gone = new AbortController();
  const streams = ports.map((_, index) => {
    const stream = new Duplex({
      read: () => socket.resume(),
      write: (chunk: Buffer, _encoding, done) => framing.send(index * 2, chunk, done),
    });
    stream.on('error', () => undefined);
    return stream;
  });

  async function serve(port: number, index: number, stream: Duplex): Promise<void> {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    await sendOn(framing, index * 2, number);
    await sendOn(framing, index * 2 + 1, number);
    const failure = await forward(target, port, stream, gone.signal);
    if (failure !== undefined) {
      await sendOn(framing, index * 2 + 1, Buffer.from(failure));
    }
    if (ports.length === 1) {
      socket.close(1000);
    }
  }

  framing.onMessage((channel, payload) => {
    const stream = channel % 2 === 0 ? streams[channel / 2] : undefined;
    if (payload.length > 0 && stream && !stream.push(payload)) {
      socket.pause();
    }
  });
  socket.once('close', () => {
    gone.abort(new Error('the client has gone away'));
    for (const stream of streams) {
      stream.destroy();
    }
  });
  socket.on('error', () => socket.terminate());
  streams.forEach((stream, index) => {
    serve(ports[index] ?? 0, index, stream).catch((error: unknown) => {
      if (!gone.signal.aborted) {
        report(error);
      }
    });
  });
}
