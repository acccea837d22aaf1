// The framing between the server and the pty host.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeAcknowledge,
  encodeInput,
  encodeMessage,
  encodeOutput,
  WireDecoder,
  type WireFrame,
} from '../../../lab-server/terminals/host/wire.ts';

const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const sequence = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const frame = fc.oneof(
  fc.tuple(number, sequence, fc.uint8Array({ maxLength: 9000 })).map(([reader, first, bytes]) => ({
    bytes: Buffer.concat(encodeOutput(reader, first, bytes)),
    frame: { kind: 'output', reader, sequence: first, data: Buffer.from(bytes) } satisfies WireFrame,
  })),
  fc.tuple(number, fc.uint8Array({ maxLength: 9000 })).map(([terminal, bytes]) => ({
    bytes: Buffer.concat(encodeInput(terminal, bytes)),
    frame: { kind: 'input', terminal, data: Buffer.from(bytes) } satisfies WireFrame,
  })),
  fc.tuple(number, sequence).map(([reader, first]) => ({
    bytes: encodeAcknowledge(reader, first),
    frame: { kind: 'acknowledge', reader, sequence: first } satisfies WireFrame,
  })),
  number.map((reader) => ({
    bytes: encodeMessage({ type: 'detach', reader }),
    frame: { kind: 'message', json: { type: 'detach', reader } } satisfies WireFrame,
  })),
);

test('frames come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 5000 })), (frames, cuts) => {
      const stream = Buffer.concat(frames.map(({ bytes }) => bytes));
      const decoder = new WireDecoder();
      const seen: WireFrame[] = [];
      for (let offset = 0, index = 0; offset < stream.length; index++) {
        const size = cuts.length === 0 ? 7 : (cuts[index % cuts.length] ?? 7);
        decoder.push(stream.subarray(offset, offset + size), (found) => seen.push(found));
        offset += size;
      }
      expect(seen).toEqual(frames.map((entry) => entry.frame));
    }),
  );
});

test('bytes that are not in the protocol are refused and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(problemWith(bytes)).toBeOneOf([undefined, 'RangeError', 'SyntaxError']);
    }),
  );
});

test('a frame that claims to be enormous is refused before it is waited for', () => {
  expect(() => new WireDecoder().push(Buffer.from([0x7f, 0xff, 0xff, 0xff]), () => undefined)).toThrow(RangeError);
});

function problemWith(bytes: Uint8Array): string | undefined {
  try {
    new WireDecoder().push(Buffer.from(bytes), () => undefined);
    return undefined;
  } catch (error) {
    return (error as Error).name;
  }
}
