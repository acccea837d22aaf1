// Exec and attach over a WebSocket: every message names its channel in the first byte (v4 and v5.channel.k8s.io, and base64 forms).
// https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
import { PassThrough, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { AsyncQueue } from '../../../../base/index.ts';
import { channelFraming, sendOn } from './channel-framing.ts';
import type { StreamStatus } from './remote-status.ts';
import { discard, parseSize, type RemoteStreams, type StreamOptions, type TerminalSize, WAITING_SIZES } from './remote-streams.ts';

const CHANNELS = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
/** v5: the client closes the channel that the next byte names. */
const CLOSE_SIGNAL = 255;

/** The protocols in the order of preference. */
export const CHANNEL_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
] as const;

export function channelStreams(socket: WebSocket, options: StreamOptions): RemoteStreams {
  const framing = channelFraming(socket);
  // Before v4 the error channel carries plain text.
  const structured = socket.protocol.startsWith('v4') || socket.protocol.startsWith('v5');
  const gone = new AbortController();
  const sizes = new AsyncQueue<TerminalSize>(WAITING_SIZES, gone.signal);
  const stdin = options.stdin ? new PassThrough() : undefined;
  stdin?.on('drain', () => socket.resume());

  framing.onMessage((channel, payload) => {
    if (channel === CHANNELS.stdin && stdin && !stdin.writableEnded) {
      if (payload.length > 0 && !stdin.write(payload)) {
        socket.pause();
      }
    } else if (channel === CHANNELS.resize) {
      const size = parseSize(payload.toString('utf8'));
      if (size) {
        sizes.push(size);
      }
    } else if (channel === CLOSE_SIGNAL && payload[0] === CHANNELS.stdin) {
      stdin?.end();
    }
  });
  socket.once('close', () => {
    stdin?.end();
    gone.abort(new Error('the client has gone away'));
  });
  socket.on('error', () => socket.terminate());

  function output(channel: number): Writable {
    const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => framing.send(channel, chunk, done) });
    // The client's departure is told by `gone`.
    stream.on('error', () => undefined);
    return stream;
  }

  async function finish(status: StreamStatus): Promise<void> {
    if (socket.readyState !== socket.OPEN) {
      return;
    }
    const text = structured ? JSON.stringify(status) : status.status === 'Success' ? '' : (status.message ?? '');
    if (text !== '') {
      await sendOn(framing, CHANNELS.error, Buffer.from(text));
    }
    socket.close(1000);
  }

  // An empty message tells the client that the connection stands.
  const first = options.stdout ? CHANNELS.stdout : options.stderr ? CHANNELS.stderr : CHANNELS.error;
  framing.send(first, Buffer.alloc(0), () => undefined);
  return {
    stdin,
    stdout: options.stdout ? output(CHANNELS.stdout) : discard(),
    stderr: options.stderr ? output(CHANNELS.stderr) : discard(),
    sizes,
    gone: gone.signal,
    finish,
  };
}
