import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACK_EVERY } from '../../../../lab-server/protocol/stream.ts';
import type { ClientMessage } from '../../../../lab-server/protocol/stream.ts';
import { RemoteTerminal } from '../../../../src/lab/remote-terminal.ts';

/** A screen that handles what it is given at once, or when told to. */
class Screen {
  readonly bytes: number[] = [];
  gaps = 0;
  isReplaying = false;
  waiting: (() => void)[] | undefined;

  write(data: Uint8Array, handled: () => void): void {
    for (const byte of data) {
      this.bytes.push(byte);
    }
    if (this.waiting) {
      this.waiting.push(handled);
    } else {
      handled();
    }
  }
  gap(): void {
    this.gaps += 1;
  }
  replaying(on: boolean): void {
    this.isReplaying = on;
  }
}

const bytes = (from: number, to: number): Uint8Array => Uint8Array.from({ length: to - from }, (_, index) => (from + index) % 256);

function aTerminal(): { screen: Screen; sent: ClientMessage[]; terminal: RemoteTerminal } {
  const screen = new Screen();
  const sent: ClientMessage[] = [];
  return { screen, sent, terminal: new RemoteTerminal('t', screen, (message) => sent.push(message)) };
}

test('output that arrives twice after a reconnect is shown once', () => {
  const { screen, terminal } = aTerminal();
  terminal.attached(0, 0, 0);
  terminal.output(0, bytes(0, 100));
  terminal.detached();
  terminal.attached(3, 40, 100);
  terminal.output(40, bytes(40, 130));
  expect(screen.bytes).toEqual([...bytes(0, 130)]);
  expect(terminal.since).toBe(130);
  expect(screen.gaps).toBe(0);
});

test('output that is no longer kept is said to be missing', () => {
  const { screen, terminal } = aTerminal();
  terminal.attached(0, 0, 500);
  terminal.output(200, bytes(200, 210));
  expect(screen.gaps).toBe(1);
  expect(terminal.since).toBe(210);
});

test('handled output is acknowledged once enough of it has gathered, and never what is not on the screen yet', () => {
  const { screen, sent, terminal } = aTerminal();
  screen.waiting = [];
  terminal.attached(7, 0, 0);
  terminal.output(0, bytes(0, ACK_EVERY - 1));
  terminal.output(ACK_EVERY - 1, bytes(0, 1));
  expect(sent).toEqual([]);
  screen.waiting.forEach((handled) => handled());
  expect(sent).toEqual([{ type: 'terminal.ack', terminal: 7, sequence: ACK_EVERY }]);
});

test('a replay ends when its last byte is on the screen', () => {
  const { screen, terminal } = aTerminal();
  terminal.attached(0, 0, 10);
  expect(screen.isReplaying).toBe(true);
  terminal.output(0, bytes(0, 9));
  expect(screen.isReplaying).toBe(true);
  terminal.output(9, bytes(9, 12));
  expect(screen.isReplaying).toBe(false);
});

test('whatever the cuts and the overlaps, every byte is shown once and in order', () => {
  const pieces = fc.array(fc.record({ back: fc.nat(20), length: fc.integer({ min: 1, max: 30 }) }), { maxLength: 40 });
  fc.assert(
    fc.property(pieces, (cuts) => {
      const { screen, terminal } = aTerminal();
      terminal.attached(0, 0, 0);
      let end = 0;
      for (const { back, length } of cuts) {
        const from = Math.max(0, end - back);
        terminal.output(from, bytes(from, from + length));
        end = Math.max(end, from + length);
      }
      expect(screen.bytes).toEqual([...bytes(0, end)]);
    }),
  );
});

test('output that is sent again from before what was shown is acknowledged all the same, so that the server goes on', () => {
  const { screen, sent, terminal } = aTerminal();
  terminal.attached(0, 0, 0);
  terminal.output(0, bytes(0, 8 * ACK_EVERY));
  sent.length = 0;
  terminal.attached(1, 0, 0);
  for (let sequence = 0; sequence < 8 * ACK_EVERY; sequence += ACK_EVERY) {
    terminal.output(sequence, bytes(sequence, sequence + ACK_EVERY));
  }
  expect(sent.at(-1)).toEqual({ type: 'terminal.ack', terminal: 1, sequence: 8 * ACK_EVERY });
  expect(screen.bytes).toHaveLength(8 * ACK_EVERY);
});

test('what is sent again while it still waits for the screen is acknowledged only when it is there', () => {
  const { screen, sent, terminal } = aTerminal();
  screen.waiting = [];
  terminal.attached(0, 0, 0);
  terminal.output(0, bytes(0, 2 * ACK_EVERY));
  terminal.attached(1, 0, 0);
  terminal.output(0, bytes(0, 2 * ACK_EVERY));
  expect(sent).toEqual([]);
  screen.waiting.forEach((handled) => handled());
  expect(sent).toEqual([{ type: 'terminal.ack', terminal: 1, sequence: 2 * ACK_EVERY }]);
});
