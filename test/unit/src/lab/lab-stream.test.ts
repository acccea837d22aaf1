import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LabStream } from '../../../../src/lab/lab-stream.ts';

/** What the page sees of a WebSocket; the test speaks for the server. */
class Socket extends EventTarget {
  static readonly OPEN = 1;
  static readonly made: Socket[] = [];
  readyState = 1;
  binaryType = '';
  readonly sent: string[] = [];

  constructor() {
    super();
    Socket.made.push(this);
  }
  send(data: string): void {
    this.sent.push(data);
  }
  close(): void {
    this.readyState = 3;
  }
  says(message: object): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }
}

let page: EventTarget;
let lost: number;
let stream: LabStream;

beforeEach(() => {
  vi.useFakeTimers();
  page = new EventTarget();
  lost = 0;
  Socket.made.length = 0;
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('document', new EventTarget());
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  stream = new LabStream('ws://127.0.0.1/stream', {
    message: () => {},
    output: () => {},
    lost: () => (lost += 1),
    whyGone: async () => undefined,
  });
});

afterEach(() => {
  stream.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a network that goes away while something is on its way is noticed within seconds', () => {
  page.dispatchEvent(new Event('offline'));
  expect(Socket.made[0]?.sent).toHaveLength(1);
  // The last that was on its way is no answer to the ping.
  Socket.made[0]?.says({ type: 'clipboard', text: 'late' });
  expect(lost).toBe(0);
  vi.advanceTimersByTime(5_001);
  expect(lost).toBe(1);
});

test('a server that is slow to answer because much is on its way is not taken for gone', () => {
  page.dispatchEvent(new Event('offline'));
  for (let second = 0; second < 12; second++) {
    vi.advanceTimersByTime(1_000);
    Socket.made[0]?.says({ type: 'clipboard', text: 'more' });
  }
  Socket.made[0]?.says({ type: 'pong', at: 1 });
  vi.advanceTimersByTime(10_000);
  expect(lost).toBe(0);
});
