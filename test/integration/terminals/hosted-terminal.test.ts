// Whose pace a terminal follows: readers, slow readers, readers that left. A real pty; time is moved by the test.
import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../../../lab-server/base/index.ts';
import { HIGH_WATERMARK } from '../../../lab-server/protocol/index.ts';
import { HostedTerminal, REPLAY_BYTES, RETURN_MS, STALL_MS } from '../../../lab-server/terminals/host/hosted-terminal.ts';

const clock = new ManualClock();
let terminal: HostedTerminal;
let ended: Promise<void>;

afterEach(async () => {
  terminal.kill();
  await ended;
});

function run(script: string): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  ended = promise;
  terminal = new HostedTerminal({
    id: 't',
    group: 'g',
    command: { file: '/bin/bash', args: ['-c', `stty raw -echo; ${script}`], env: { PATH: '/usr/bin:/bin' }, cwd: '/' },
    size: { cols: 80, rows: 24 },
    clock,
    onExit: () => resolve(),
  });
}

/** Reads without acknowledging unless told to; notices when bytes are missing. */
class Reader {
  received = 0;
  gaps = 0;
  acknowledges = false;
  readonly #pieces: Uint8Array[] = [];
  readonly attachment: { acknowledge(sequence: number): void; detach(): void };

  constructor(since = 0) {
    this.received = since;
    this.attachment = terminal.attach(since, {
      send: (sequence, data) => {
        this.gaps += sequence === this.received ? 0 : 1;
        this.received = sequence + data.length;
        this.#pieces.push(Uint8Array.from(data));
        if (this.acknowledges) {
          setImmediate(() => this.attachment.acknowledge(this.received));
        }
      },
    });
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString();
  }

  acknowledge(): void {
    this.acknowledges = true;
    this.attachment.acknowledge(this.received);
  }
}

/** Waits until the terminal's count of output passes, or for as long as it takes to stand still. */
async function outputPasses(count: number): Promise<void> {
  while (terminal.end < count) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function outputStands(): Promise<number> {
  for (let before = -1, same = 0; same < 20;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    same = terminal.end === before ? same + 1 : 0;
    before = terminal.end;
  }
  return terminal.end;
}

test('a reader that handles nothing holds the program at the watermark', async () => {
  run('exec yes');
  const reader = new Reader();
  expect(await outputStands()).toBeLessThan(HIGH_WATERMARK + 256 * 1024);
  reader.acknowledge();
  await outputPasses(4 * HIGH_WATERMARK);
  expect(reader.gaps).toBe(0);
});

test('a reader that stands still no longer holds up one that reads, and goes on later with what is left', async () => {
  run('exec yes');
  const slow = new Reader();
  const fast = new Reader();
  fast.acknowledge();
  const stood = await outputStands();
  await clock.advance(STALL_MS);
  await outputPasses(stood + 2 * REPLAY_BYTES);
  expect(fast.gaps).toBe(0);
  slow.acknowledge();
  const from = slow.received;
  while (slow.received < from + HIGH_WATERMARK) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(slow.gaps).toBe(1);
});

test('while a reader is away for a moment, the program waits rather than push out what the reader has not seen', async () => {
  run('exec yes');
  const before = new Reader();
  before.acknowledge();
  await outputPasses(100_000);
  before.attachment.detach();
  const seen = before.received;
  const stood = await outputStands();
  expect(stood - seen).toBeLessThanOrEqual(REPLAY_BYTES);
  const after = new Reader(seen);
  after.acknowledge();
  await outputPasses(stood + 2 * REPLAY_BYTES);
  expect(after.gaps).toBe(0);
});

test('a page that was loaded again and reads from the beginning is the reader that was waited for: nothing pauses', async () => {
  run('exec yes');
  const before = new Reader();
  before.acknowledge();
  await outputPasses(100_000);
  before.attachment.detach();
  const after = new Reader(0);
  after.acknowledge();
  await outputPasses(before.received + 2 * REPLAY_BYTES);
  expect(after.gaps).toBe(0);
});

test('a reader that does not come back in time is no longer waited for', async () => {
  run('exec yes');
  const reader = new Reader();
  reader.acknowledge();
  await outputPasses(100_000);
  reader.attachment.detach();
  const stood = await outputStands();
  await clock.advance(RETURN_MS);
  await outputPasses(stood + 2 * REPLAY_BYTES);
  expect(clock.pending).toBe(0);
});

test('a terminal that nobody reads runs freely', async () => {
  run('head -c 10000000 /dev/zero; exec sleep 100');
  await outputPasses(10_000_000);
  expect(terminal.end).toBe(10_000_000);
});

test('the last output of a program that ends while it is held up arrives whole and in order', async () => {
  const lines = 92_000;
  run(`seq ${lines}; echo end`);
  const reader = new Reader();
  // How much the kernel takes while the terminal is held up decides whether the program can end by itself or waits for its reader.
  await Promise.race([ended, outputStands()]);
  reader.acknowledge();
  await ended;
  await new Promise((resolve) => setImmediate(resolve));
  expect(reader.text()).toBe(`${Array.from({ length: lines }, (_, index) => index + 1).join('\n')}\nend\n`);
  expect(clock.pending).toBe(0);
});
