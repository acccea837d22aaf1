// The bounded memory of a terminal's output.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplayBuffer } from '../../../lab-server/terminals/host/replay-buffer.ts';

const CAPACITY = 128 * 1024;

function readAll(buffer: ReplayBuffer, from: number): Buffer {
  const pieces: Buffer[] = [];
  for (let next = from; next < buffer.end;) {
    const piece = buffer.read(next, 10_000);
    pieces.push(piece);
    next += piece.length;
  }
  return Buffer.concat(pieces);
}

test('what is kept is exactly the newest output, whatever the sizes it came in', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 0, max: 255 })), { maxLength: 20 }), (pieces) => {
      const buffer = new ReplayBuffer(CAPACITY);
      const all = Buffer.concat(pieces.map(([size, byte]) => Buffer.alloc(size, byte)));
      for (const [size, byte] of pieces) {
        buffer.append(Buffer.alloc(size, byte));
      }
      expect(buffer.end).toBe(all.length);
      expect(buffer.end - buffer.start).toBeGreaterThanOrEqual(Math.min(all.length, CAPACITY - 64 * 1024));
      expect(buffer.end - buffer.start).toBeLessThanOrEqual(CAPACITY + 64 * 1024);
      expect(readAll(buffer, buffer.start).equals(all.subarray(buffer.start))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('a view stays true while the buffer goes on', () => {
  const buffer = new ReplayBuffer(CAPACITY);
  buffer.append(Buffer.from('first'));
  const view = buffer.read(0, 100);
  for (let count = 0; count < 100; count++) {
    buffer.append(Buffer.alloc(10_000, 'x'));
  }
  expect(view.toString()).toBe('first');
  expect(buffer.start).toBeGreaterThan(0);
});

test('reading at the end gives nothing', () => {
  const buffer = new ReplayBuffer(CAPACITY);
  expect(buffer.read(0, 10)).toHaveLength(0);
  buffer.append(Buffer.alloc(64 * 1024));
  expect(buffer.read(buffer.end, 10)).toHaveLength(0);
});
