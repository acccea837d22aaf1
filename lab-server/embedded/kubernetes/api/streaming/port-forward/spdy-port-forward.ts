// Port-forward as kubectl speaks it: SPDY streams in pairs, one for data and one for errors, tied by a request id.
import type { SpdyStream, Transport } from '../spdy/session.ts';
import { SpdySession } from '../spdy/session.ts';
import { forward, type ForwardTarget } from './forward.ts';

export function serveSpdyPortForward(transport: Transport, target: ForwardTarget, report: (error: unknown) => void): void {
  const waiting = new Map<string, { data?: SpdyStream; error?: SpdyStream }>();
  const session: SpdySession = new SpdySession(transport, (stream) => {
    const { streamtype, requestid = '', port = '' } = stream.headers;
    const pair = waiting.get(requestid) ?? {};
    if (streamtype === 'data') {
      pair.data = stream;
    } else if (streamtype === 'error') {
      pair.error = stream;
    } else {
      stream.duplex.destroy();
      return;
    }
    const { data, error } = pair;
    if (!data || !error) {
      waiting.set(requestid, pair);
      return;
    }
    waiting.delete(requestid);
    run(data, error, Number(port)).catch(report);
  });

  async function run(data: SpdyStream, error: SpdyStream, port: number): Promise<void> {
    const failure = await forward(target, port, data.duplex, session.closed);
    // kubectl reads the error stream to its end: it must be closed, not reset, whether or not something is written.
    error.duplex.resume();
    error.duplex.end(failure ?? '');
    if (failure !== undefined) {
      data.duplex.end();
    }
  }
}
