// The binary frames of the lab stream.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame, encodeInput, encodeOutput } from '../../../lab-server/protocol/index.ts';

const terminal = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const sequence = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

test('an output frame is read as it was written', () => {
  fc.assert(
    fc.property(terminal, sequence, fc.uint8Array(), (number, first, data) => {
      expect(decodeFrame(encodeOutput(number, first, data))).toEqual({ kind: 'output', terminal: number, sequence: first, data });
    }),
  );
});

test('an input frame is read as it was written', () => {
  fc.assert(
    fc.property(terminal, fc.uint8Array(), (number, data) => {
      expect(decodeFrame(encodeInput(number, data))).toEqual({ kind: 'input', terminal: number, data });
    }),
  );
});

test('any bytes are either a frame whose bytes lie in the message, or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const frame = decodeFrame(bytes);
      expect(frame === undefined || frame.data.length < bytes.length).toBe(true);
      expect(frame === undefined || frame.kind === 'input' || Number.isSafeInteger(frame.sequence)).toBe(true);
    }),
  );
});

test('a frame is read where it lies within a larger buffer', () => {
  const frame = encodeOutput(7, 2 ** 40, Buffer.from('x'));
  const larger = Buffer.concat([Buffer.from('before'), frame, Buffer.from('after')]);
  expect(decodeFrame(larger.subarray(6, 6 + frame.length))).toMatchObject({ terminal: 7, sequence: 2 ** 40 });
});
