// Any one process may be unplugged in mid-command: what the shell prints reaches the page once, and the page says what was lost.
import type { Page, WebSocket } from '@playwright/test';
import { decodeFrame } from '../../lab-server/protocol/index.ts';
import { expect, test } from './fixtures.ts';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const LAST = 100_000;
const COUNT = `for i in $(seq ${LAST}); do echo $i; done`;

/** What the lab's stream brings to a page, put together as the page does it: by the place of each byte. */
class Received {
  text = '';
  gaps = 0;
  #next = 0;
  readonly #decoder = new TextDecoder();

  constructor(page: Page) {
    page.on('websocket', (socket) => this.#follow(socket));
  }

  /** The next connection is that of a page that was loaded again: it begins at the first byte. */
  startsOver = false;

  #follow(socket: WebSocket): void {
    if (this.startsOver) {
      this.startsOver = false;
      this.text = '';
      this.#next = 0;
    }
    socket.on('framereceived', ({ payload }) => {
      const frame = typeof payload === 'string' ? undefined : decodeFrame(payload);
      if (frame?.kind !== 'output') {
        return;
      }
      const seen = Math.max(0, this.#next - frame.sequence);
      this.gaps += frame.sequence > this.#next ? 1 : 0;
      this.text += this.#decoder.decode(frame.data.subarray(seen), { stream: true });
      this.#next = Math.max(this.#next, frame.sequence + frame.data.length);
    });
  }

  /** Numbers that do not stand on exactly one line of their own. */
  get wrong(): number[] {
    const counts = new Map<number, number>();
    // Before the first line come the marks of the prompt.
    // oxlint-disable-next-line no-control-regex -- these are control sequences
    const lines = this.text.replaceAll(/\u001b(?:\][^\u0007]*\u0007|\[[?\d;]*[a-zA-Z])\r?/g, '');
    for (const [, number] of lines.matchAll(/^(\d+)\r?$/gm)) {
      counts.set(Number(number), (counts.get(Number(number)) ?? 0) + 1);
    }
    return Array.from({ length: LAST }, (_, index) => index + 1).filter((number) => counts.get(number) !== 1);
  }
}

/** The numbers that the terminal still holds, by its own menu: select all, copy. */
async function held(page: Page): Promise<number[]> {
  const text = await page.evaluate(() => navigator.clipboard.readText());
  return [...text.matchAll(/^(\d+)\s*$/gm)].map(([, number]) => Number(number));
}

test('lost network, killed server and reload in mid-command: every one of a hundred thousand lines comes once', async ({
  lab,
  page,
  server,
  context,
}) => {
  const received = new Received(page);
  await lab.open();
  await lab.type(`${COUNT}; echo com''plete`);
  await expect(lab.screen).toContainText(/\d{4}\s*$/);
  await context.setOffline(true);
  await expect(lab.state).toContainText('Connection lost');
  await server.stop('SIGKILL');
  await context.setOffline(false);
  await server.start();
  await expect(lab.state).toContainText('Ready', { timeout: 60_000 });
  await expect(lab.screen).toContainText('complete', { timeout: 60_000 });
  expect(received.gaps).toBe(0);
  expect(received.wrong).toEqual([]);
  await lab.choose('Select all');
  await lab.choose('Copy');
  await expect(lab.dock.locator('[data-announcer]')).toHaveText('Copied.');
  const shown = await held(page);
  // The scrollback holds ten thousand lines: the last ones, in order, none twice.
  expect(shown.length).toBeGreaterThan(9_000);
  expect(shown).toEqual(shown.map((_, index) => LAST - shown.length + 1 + index));

  // Again, and loaded anew in the midst of it: the page gets everything that is kept, from the first byte on.
  await lab.type(`clear; printf '\\n'; ${COUNT}; echo fin''ished`);
  await expect(lab.screen).toContainText(/\d{3}\s*$/);
  received.startsOver = true;
  await page.reload();
  await expect(lab.screen).toContainText('finished', { timeout: 60_000 });
  const again = received.text.lastIndexOf('clear; printf');
  received.text = received.text.slice(again);
  expect(received.wrong).toEqual([]);
});

test('when the process that keeps terminals dies the page says so, and a new shell has the same files and cluster', async ({
  lab,
  server,
}) => {
  await lab.open();
  await lab.type('echo kept > note.txt; kubectl create namespace mine; sleep 1000');
  await expect(lab.screen).toContainText('namespace/mine created');
  process.kill(server.ptyHost, 'SIGKILL');
  await expect(lab.dock.locator('[data-announcer]')).toContainText('The shell was lost');
  await expect(lab.dock.getByRole('tab', { name: /Terminal 2/ })).toHaveAttribute('aria-selected', 'true');
  await expect(lab.screen).toContainText('$');
  await lab.type('cat note.txt; kubectl get namespace mine');
  await expect(lab.screen).toContainText(/kept[\s\S]*mine\s+Active/);
});
