import type { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dataFrame,
  FrameReader,
  pingFrame,
  rstStreamFrame,
  SpdyError,
  synReplyFrame,
  synStreamFrame,
} from '../../../../lab-server/embedded/kubernetes/api/streaming/spdy/frames.ts';
import { HeaderDecoder, HeaderEncoder, type Headers } from '../../../../lab-server/embedded/kubernetes/api/streaming/spdy/header-block.ts';
import { SpdySession, type SpdyStream, type Transport } from '../../../../lab-server/embedded/kubernetes/api/streaming/spdy/session.ts';

describe('SPDY frames', () => {
  it('are read whole, however the bytes are cut', () => {
    const bytes = Buffer.concat([
      synStreamFrame(1, Buffer.from('block'), true),
      dataFrame(1, Buffer.from('hello'), false),
      pingFrame(7),
      rstStreamFrame(3, 5),
      synReplyFrame(1, Buffer.from('re')),
    ]);
    for (const size of [1, 3, 8, bytes.length]) {
      const reader = new FrameReader();
      const frames = [];
      for (let at = 0; at < bytes.length; at += size) {
        frames.push(...reader.push(bytes.subarray(at, at + size)));
      }
      expect(frames).toEqual([
        { type: 'synStream', stream: 1, fin: true, headers: Buffer.from('block') },
        { type: 'data', stream: 1, fin: false, data: Buffer.from('hello') },
        { type: 'ping', id: 7 },
        { type: 'rstStream', stream: 3, status: 5 },
        { type: 'synReply', stream: 1, fin: false, headers: Buffer.from('re') },
      ]);
    }
  });

  it('are refused when they are no SPDY/3 or far too long', () => {
    expect(() => new FrameReader().push(Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0]))).toThrow(SpdyError);
    expect(() => new FrameReader().push(Buffer.from([0, 0, 0, 1, 0, 0xff, 0xff, 0xff]))).toThrow('too large');
  });
});

describe('any bytes at all', () => {
  it('are frames or a SPDY error, never another failure', () => {
    const property = fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
      const reader = new FrameReader();
      try {
        for (const chunk of chunks) {
          reader.push(Buffer.from(chunk));
        }
        return true;
      } catch (error) {
        return error instanceof SpdyError;
      }
    });
    expect(fc.check(property).failed).toBe(false);
  });
});

describe('SPDY header blocks', () => {
  it('survive the way there, one after the other in one compression stream', async () => {
    using encoder = new HeaderEncoder();
    using decoder = new HeaderDecoder();
    const blocks: Headers[] = [{ streamtype: 'error', port: '80', requestid: '0' }, {}, { streamtype: 'data', port: '80', requestid: '0' }];
    for (const headers of blocks) {
      expect(await decoder.decode(await encoder.encode(headers))).toEqual(headers);
    }
  });

  it('are refused when they do not decompress', async () => {
    using decoder = new HeaderDecoder();
    await expect(decoder.decode(Buffer.from('nonsense'))).rejects.toThrow(/incorrect header check|invalid/);
  });
});

/** Both ends of a connection in memory: the session under test, and a client's view of it. */
class Wire {
  readonly sent = new FrameReader();
  readonly frames: ReturnType<FrameReader['push']> = [];
  readonly encoder = new HeaderEncoder();
  closed = false;
  paused = false;
  #toServer: (bytes: Buffer) => void = () => undefined;

  readonly transport: Transport = {
    send: (bytes, done) => {
      this.frames.push(...this.sent.push(bytes));
      setImmediate(done);
    },
    onBytes: (listener) => (this.#toServer = listener),
    onClose: () => undefined,
    pause: () => (this.paused = true),
    resume: () => (this.paused = false),
    close: () => (this.closed = true),
  };

  send(bytes: Buffer): void {
    this.#toServer(bytes);
  }
}

async function text(stream: Readable | undefined): Promise<string> {
  let all = '';
  for await (const chunk of stream ?? []) {
    all += String(chunk);
  }
  return all;
}

describe('a SPDY session', () => {
  it('opens the client’s streams, answers them, and carries bytes and half-closes both ways', async () => {
    const wire = new Wire();
    const opened: SpdyStream[] = [];
    const session = new SpdySession(wire.transport, (stream) => opened.push(stream));
    wire.send(synStreamFrame(1, await wire.encoder.encode({ streamType: 'data', port: '80' })));
    wire.send(dataFrame(1, Buffer.from('ping'), true));
    await expect
      .poll(() => opened.map(({ id, headers }) => ({ id, headers })))
      .toEqual([{ id: 1, headers: { streamtype: 'data', port: '80' } }]);
    const [stream] = opened;
    expect(await text(stream?.duplex)).toBe('ping');
    stream?.duplex.end('pong');
    await expect.poll(() => wire.frames.map((frame) => frame.type)).toEqual(['synReply', 'data', 'data']);
    expect(wire.frames.at(-1)).toMatchObject({ fin: true });
    session.close();
    expect(wire.closed).toBe(true);
  });

  it('answers pings and closes on nonsense', async () => {
    const wire = new Wire();
    const session = new SpdySession(wire.transport, () => undefined);
    wire.send(pingFrame(1));
    await expect.poll(() => wire.frames).toEqual([{ type: 'ping', id: 1 }]);
    wire.send(Buffer.from([0x80, 9, 0, 1, 0, 0, 0, 0]));
    expect(session.closed.aborted).toBe(true);
  });

  it('resets a stream that is broken off', async () => {
    const wire = new Wire();
    const opened: SpdyStream[] = [];
    const session = new SpdySession(wire.transport, (stream) => opened.push(stream));
    wire.send(synStreamFrame(1, await wire.encoder.encode({})));
    await expect.poll(() => opened.length).toBe(1);
    opened[0]?.duplex.destroy();
    await expect.poll(() => wire.frames.at(-1)).toEqual({ type: 'rstStream', stream: 1, status: 5 });
    session.close();
  });
});
