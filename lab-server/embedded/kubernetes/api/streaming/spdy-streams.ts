// Exec and attach over SPDY, for clients that do not speak WebSocket: one stream each for error, stdin, stdout, stderr and resize.
import { PassThrough } from 'node:stream';
import { AsyncQueue } from '../../../../base/index.ts';
import type { StreamStatus } from './remote-status.ts';
import { discard, parseSize, type RemoteStreams, type StreamOptions, type TerminalSize, WAITING_SIZES } from './remote-streams.ts';
import { type SpdyStream, SpdySession, type Transport } from './spdy/session.ts';

/** Resolves once the client has opened every stream that `options` ask for; undefined when it goes away before. */
export function spdyStreams(transport: Transport, options: StreamOptions): Promise<RemoteStreams | undefined> {
  const wanted = new Set<string>(['error']);
  for (const name of ['stdin', 'stdout', 'stderr'] as const) {
    if (options[name]) {
      wanted.add(name);
    }
  }
  if (options.tty) {
    wanted.add('resize');
  }
  return new Promise((resolve) => {
    const streams = new Map<string, SpdyStream>();
    const session = new SpdySession(transport, (stream) => {
      streams.set(stream.headers['streamtype'] ?? '', stream);
      if ([...wanted].every((name) => streams.has(name))) {
        resolve(assemble(session, streams, options));
      }
    });
    session.closed.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function assemble(session: SpdySession, streams: ReadonlyMap<string, SpdyStream>, options: StreamOptions): RemoteStreams {
  const sizes = new AsyncQueue<TerminalSize>(WAITING_SIZES, session.closed);
  let pending = '';
  streams.get('resize')?.duplex.on('data', (chunk: Buffer) => {
    // Each size is one JSON object; Go's encoder puts a newline after it.
    const lines = (pending + chunk.toString('utf8')).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      const size = parseSize(line);
      if (size) {
        sizes.push(size);
      }
    }
  });
  const stdout = streams.get('stdout')?.duplex;
  const stderr = streams.get('stderr')?.duplex;
  const input = options.stdin ? streams.get('stdin')?.duplex : undefined;
  const stdin = input?.pipe(new PassThrough());
  input?.once('close', () => stdin?.end());
  return {
    stdin,
    stdout: stdout ?? discard(),
    stderr: stderr ?? discard(),
    sizes,
    gone: session.closed,
    async finish(status: StreamStatus) {
      const error = streams.get('error')?.duplex;
      await new Promise<void>((done) => (error ? error.end(JSON.stringify(status), done) : done()));
      session.close();
    },
  };
}
