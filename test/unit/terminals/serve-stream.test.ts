// The stream's server side against a connection and terminals in memory.
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { DocksideError, ManualClock } from '../../../lab-server/base/index.ts';
import { CLOSE, encodeInput, encodeOutput, HEARTBEAT_MS, MAX_MESSAGE_BYTES } from '../../../lab-server/protocol/index.ts';
import { LabTerminals, serveStream, type LabStream, type TerminalSource } from '../../../lab-server/terminals/index.ts';
import { FakeConnection, FakeTerminal } from './fakes.ts';

let clock: ManualClock;
let connection: FakeConnection;
let open: FakeTerminal[];
let isReady: boolean;
let touched: number;
let extended: number;
let terminals: LabTerminals;
let stream: LabStream;

const source: TerminalSource = {
  async openTerminal(size) {
    const terminal = new FakeTerminal(`t${open.length}`);
    terminal.size = size;
    open.push(terminal);
    return terminal;
  },
  async terminals() {
    return open.filter((terminal) => !terminal.hasExited);
  },
  async findTerminal(id) {
    return open.find((terminal) => terminal.id === id);
  },
};

beforeEach(() => {
  clock = new ManualClock();
  connection = new FakeConnection();
  open = [];
  isReady = true;
  touched = 0;
  extended = 0;
  terminals = new LabTerminals({
    workspace: () => {
      if (!isReady) {
        throw new DocksideError('LAB_NOT_READY', 'The lab is not ready.', { status: 409 });
      }
      return source;
    },
    maxTerminals: 3,
  });
  stream = connect(connection);
});

function connect(to: FakeConnection): LabStream {
  return serveStream(
    to,
    { terminals, touch: () => void touched++, extend: () => void extended++ },
    { clock, warn: (message) => expect.unreachable(message) },
  );
}

/** Lets everything that is due happen. */
function settle(): Promise<void> {
  return clock.advance(0);
}

async function openTerminal(): Promise<FakeTerminal> {
  connection.say({ type: 'terminal.open', requestId: 'r', cols: 80, rows: 24 });
  await settle();
  return open.at(-1) as FakeTerminal;
}

test('an opened terminal sends its output with its sequence, and takes input, size and acknowledgements', async () => {
  const terminal = await openTerminal();
  expect(connection.last('terminal.opened')).toMatchObject({
    requestId: 'r',
    terminal: 1,
    terminalId: 't0',
    sequence: 0,
    cols: 80,
    rows: 24,
  });
  terminal.print('$ ');
  terminal.print('ls');
  await settle();
  expect(connection.output).toEqual([
    { terminal: 1, sequence: 0, text: '$ ' },
    { terminal: 1, sequence: 2, text: 'ls' },
  ]);
  connection.sayBytes(encodeInput(1, Buffer.from('pwd\r')));
  connection.say({ type: 'terminal.resize', terminal: 1, cols: 100, rows: 30 });
  connection.say({ type: 'terminal.ack', terminal: 1, sequence: 4 });
  expect(terminal.typed).toBe('pwd\r');
  expect(terminal.size).toEqual({ cols: 100, rows: 30 });
  expect(terminal.acknowledged).toEqual([4]);
  expect(connection.last('terminal.resized')).toEqual({ type: 'terminal.resized', terminal: 1, cols: 100, rows: 30 });
});

test('the end of a terminal comes after all of its output', async () => {
  const terminal = await openTerminal();
  terminal.print('bye');
  terminal.end({ exitCode: 3, signal: 15 });
  await settle();
  expect(connection.output.at(-1)?.text).toBe('bye');
  expect(connection.last('terminal.exited')).toEqual({ type: 'terminal.exited', terminal: 1, exitCode: 3, signal: 15 });
  expect(connection.last('terminal.list')?.terminals).toEqual([]);
});

test('a terminal whose host died says so', async () => {
  const terminal = await openTerminal();
  terminal.end({ exitCode: -1, lost: true });
  await settle();
  expect(connection.last('terminal.exited')).toMatchObject({ exitCode: -1, lost: true });
});

test('attaching goes on at the sequence that was asked for, and leaves the earlier attachment of the same connection', async () => {
  const terminal = await openTerminal();
  connection.say({ type: 'terminal.attach', requestId: 'again', terminalId: 't0', since: 17 });
  await settle();
  expect(connection.last('terminal.opened')).toMatchObject({ requestId: 'again', terminal: 2, sequence: 17 });
  expect(terminal.attachedFrom).toEqual([0, 17]);
  expect(terminal.readers).toBe(1);
});

test('every connection of a lab hears of new terminals', async () => {
  const other = new FakeConnection();
  connect(other);
  await openTerminal();
  expect(other.last('terminal.list')?.terminals).toEqual([{ terminalId: 't0', cols: 80, rows: 24 }]);
});

test('a page that connects before the lab is ready gets the list right before it is told that the lab is ready', async () => {
  open.push(new FakeTerminal('survivor'));
  isReady = false;
  stream.send({ type: 'hello', protocol: 1, labId: 'lab', serverTime: 0, expiresAt: 0 });
  stream.send({ type: 'lab.state', state: 'opening' });
  await settle();
  isReady = true;
  stream.send({ type: 'lab.state', state: 'ready' });
  stream.send({ type: 'verdicts', verdicts: [], score: 0, outOf: 0 });
  await settle();
  expect(connection.messages.map(({ type }) => type)).toEqual(['hello', 'lab.state', 'terminal.list', 'lab.state', 'verdicts']);
});

test('opening while the lab is not ready, one terminal too many, and an unknown terminal are refused with a reason', async () => {
  isReady = false;
  await openTerminal();
  expect(connection.last('error')).toMatchObject({ code: 'LAB_NOT_READY', requestId: 'r' });
  isReady = true;
  connection.say({ type: 'terminal.attach', requestId: 'x', terminalId: 'nobody', since: 0 });
  await settle();
  expect(connection.last('error')).toMatchObject({ code: 'TERMINAL_NOT_FOUND', requestId: 'x' });
  for (let count = 0; count < 4; count++) {
    await openTerminal();
  }
  expect(open).toHaveLength(3);
  expect(connection.last('error')).toMatchObject({ code: 'TERMINAL_LIMIT' });
});

test('opening and closing terminals again and again is slowed down', async () => {
  for (let count = 0; count < 30; count++) {
    (await openTerminal()).end({ exitCode: 0 });
  }
  expect(open.length).toBeLessThan(20);
  expect(connection.last('error')).toMatchObject({ code: 'TERMINAL_LIMIT' });
  const before = open.length;
  await clock.advance(10_000);
  await openTerminal();
  expect(open).toHaveLength(before + 1);
});

test('input that a program does not read is reported', async () => {
  const terminal = await openTerminal();
  terminal.refuseInput();
  expect(connection.last('error')).toMatchObject({ code: 'TERMINAL_INPUT_FULL' });
});

test('a close ends the terminal, a lost connection does not', async () => {
  const terminal = await openTerminal();
  connection.emit('close');
  await stream.closed;
  expect(terminal.isClosed).toBe(false);
  expect(terminal.readers).toBe(0);
  connection = new FakeConnection();
  stream = connect(connection);
  connection.say({ type: 'terminal.attach', requestId: 'x', terminalId: 't0', since: 0 });
  await settle();
  connection.say({ type: 'terminal.close', terminal: 1 });
  expect(terminal.isClosed).toBe(true);
});

test('a learner who types is active, and one who asks for more time gets it', async () => {
  await openTerminal();
  const before = touched;
  connection.sayBytes(encodeInput(1, Buffer.from('x')));
  connection.say({ type: 'terminal.ack', terminal: 1, sequence: 1 });
  expect(touched).toBe(before + 1);
  connection.say({ type: 'lab.extend' });
  expect(extended).toBe(1);
});

test('a peer that is silent for two heartbeats is dropped; one that answers is not', async () => {
  await clock.advance(HEARTBEAT_MS);
  expect(connection.pings).toBe(1);
  connection.emit('pong');
  await clock.advance(HEARTBEAT_MS);
  expect(connection.isTerminated).toBe(false);
  await clock.advance(HEARTBEAT_MS);
  expect(connection.isTerminated).toBe(true);
  expect(clock.pending).toBe(0);
});

test('a ping is answered', () => {
  connection.say({ type: 'ping', at: 12 });
  expect(connection.messages).toEqual([{ type: 'pong', at: 12 }]);
});

test.each([
  ['text that is not JSON', 'nonsense', CLOSE.notInProtocol],
  ['an unknown message', { type: 'sudo' }, CLOSE.notInProtocol],
  ['a field too many', { type: 'lab.extend', hours: 100 }, CLOSE.notInProtocol],
  ['a size out of range', { type: 'terminal.open', requestId: 'r', cols: 100_000, rows: 1 }, CLOSE.notInProtocol],
  ['a message that is too large', JSON.stringify({ type: 'ping', at: '1'.repeat(MAX_MESSAGE_BYTES) }), CLOSE.tooLarge],
])('%s closes the connection with a reason', (_what, message, code) => {
  connection.say(message);
  expect(connection.closedWith?.code).toBe(code);
  expect(Buffer.byteLength(connection.closedWith?.reason ?? '')).toBeLessThanOrEqual(123);
  expect(connection.closedWith?.reason).not.toBe('');
});

test('an output frame from the browser closes the connection', () => {
  connection.sayBytes(encodeOutput(1, 0, Buffer.from('x')));
  expect(connection.closedWith?.code).toBe(CLOSE.notInProtocol);
});

test('a flood of messages closes the connection, and a fast typist is no flood', async () => {
  for (let count = 0; count < 5_000; count++) {
    connection.say({ type: 'ping', at: count });
  }
  expect(connection.closedWith).toBeUndefined();
  await clock.advance(10_000);
  for (let count = 0; count < 20_000 && !connection.closedWith; count++) {
    connection.say({ type: 'ping', at: count });
  }
  expect(connection.closedWith?.code).toBe(CLOSE.tooMany);
});

test('no bytes whatever make the server throw or touch a terminal that is not attached', async () => {
  const terminal = await openTerminal();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.boolean(), async (bytes, isBinary) => {
      const attacker = new FakeConnection();
      connect(attacker);
      attacker.emit('message', Buffer.from(bytes), isBinary);
      await settle();
      expect(terminal.typed).toBe('');
      attacker.emit('close');
    }),
  );
});

test('no JSON whatever makes the server throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      const attacker = new FakeConnection();
      connect(attacker);
      attacker.say(text);
      await settle();
      expect(open).toEqual([]);
      attacker.emit('close');
    }),
  );
});

test('attaching says where output begins that nobody has read, so that old questions of programs are not answered again', async () => {
  const terminal = await openTerminal();
  terminal.readUpTo = 40;
  connection.say({ type: 'terminal.attach', requestId: 'after reload', terminalId: 't0', since: 0 });
  await settle();
  expect(connection.last('terminal.opened')).toMatchObject({ requestId: 'after reload', sequence: 0, end: 40 });
});
