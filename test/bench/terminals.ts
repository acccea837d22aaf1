// Measures what a learner feels of a terminal: the echo of a key and the flow of output, through pty host, server and WebSocket, with a raw
// node-pty beside it in the same run.   node test/bench/terminals.ts [FILE.json]
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node-pty';
import { WebSocket } from 'ws';
import { ACK_EVERY, decodeFrame, encodeInput, serverMessageSchema, type ClientMessage } from '../../lab-server/protocol/index.ts';

const KEYS = 3_000;
const FLOOD_BYTES = 256 * 1024 * 1024;
const IDLE_TERMINALS = 50;
const DISCONNECTS = 1_000;
const FLOOD = `stty raw -echo; head -c ${FLOOD_BYTES} /dev/zero; sleep 0.2`;
const ECHO = 'stty raw -echo; printf R; exec cat';

interface Wire {
  type(data: string): void;
  onBytes(listener: (data: Uint8Array) => void): void;
  close(): void;
}

/** A browser's side of one terminal: acknowledges as the protocol asks. */
class Browser implements Wire {
  received = 0;
  readonly #socket: WebSocket;
  #number = 0;
  #acknowledged = 0;
  #listener: (data: Uint8Array) => void = () => undefined;
  #onOpened: ((terminalId: string) => void) | undefined;

  static async connect(port: number): Promise<Browser> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    const browser = new Browser(socket);
    await once(socket, 'open');
    return browser;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary) => (isBinary ? this.#onFrame(data) : this.#onText(data)));
  }

  open(): Promise<string> {
    return this.#opened({ type: 'terminal.open', requestId: 'r', cols: 80, rows: 24 });
  }

  attach(terminalId: string, since: number): Promise<string> {
    this.received = since;
    this.#acknowledged = since;
    return this.#opened({ type: 'terminal.attach', requestId: 'r', terminalId, since });
  }

  type(data: string): void {
    this.#socket.send(encodeInput(this.#number, Buffer.from(data)));
  }

  onBytes(listener: (data: Uint8Array) => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.#socket.terminate();
  }

  #opened(message: ClientMessage): Promise<string> {
    return new Promise((resolve) => {
      this.#onOpened = resolve;
      this.#socket.send(JSON.stringify(message));
    });
  }

  #onText(data: Buffer): void {
    const message = serverMessageSchema.parse(JSON.parse(data.toString()));
    if (message.type === 'terminal.opened') {
      this.#number = message.terminal;
      this.#onOpened?.(message.terminalId);
    }
  }

  #onFrame(data: Buffer): void {
    const frame = decodeFrame(data);
    if (frame?.kind !== 'output' || frame.sequence !== this.received) {
      throw new Error(`a byte was lost or doubled: expected ${this.received}, got ${JSON.stringify(frame).slice(0, 100)}`);
    }
    this.received += frame.data.length;
    if (this.received - this.#acknowledged >= ACK_EVERY) {
      this.#acknowledged = this.received;
      this.#socket.send(JSON.stringify({ type: 'terminal.ack', terminal: this.#number, sequence: this.received } satisfies ClientMessage));
    }
    this.#listener(frame.data);
  }
}

function rawPty(): Wire {
  const pty = spawn('/bin/bash', ['--norc', '--noprofile', '-c', 'read -r line; eval "$line"'], {
    env: { PATH: '/usr/bin:/bin' },
    encoding: null,
  });
  // eslint-disable-next-line typescript/no-misused-promises
  return {
    type: (data) => pty.write(data),
    onBytes: (listener) => pty.onData((data) => listener(data as unknown as Uint8Array)),
    close: () => pty.kill('SIGKILL'),
  };
}

/** Milliseconds from each key to its echo. */
async function measureEcho(wire: Wire): Promise<number[]> {
  const times: number[] = [];
  let arrived: (() => void) | undefined;
  const ready = new Promise<void>((resolve) => wire.onBytes((data) => data.includes(0x52) && resolve()));
  wire.type(`${ECHO}\r`);
  await ready;
  wire.onBytes(() => arrived?.());
  for (let key = 0; key < KEYS; key++) {
    const startedAt = performance.now();
    await new Promise<void>((resolve) => {
      arrived = resolve;
      wire.type('x');
    });
    times.push(performance.now() - startedAt);
    // A person does not type in the same turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 0.2));
  }
  wire.close();
  return times.sort((a, b) => a - b);
}

/** Megabytes a second. */
async function measureFlow(wire: Wire): Promise<number> {
  let received = 0;
  const done = new Promise<number>((resolve) => {
    let startedAt = 0;
    wire.onBytes((data) => {
      startedAt ||= performance.now();
      received += data.length;
      if (received >= FLOOD_BYTES) {
        resolve(performance.now() - startedAt);
      }
    });
  });
  wire.type(`${FLOOD}\r`);
  const ms = await done;
  wire.close();
  return FLOOD_BYTES / 1e6 / (ms / 1000);
}

async function memoryOf(server: ChildProcess): Promise<number> {
  server.send('memory');
  const [message] = (await once(server, 'message')) as [{ rss: number }];
  return message.rss / 1e6;
}

/** Cuts the connection again and again while output flows; the sequence check in `Browser` throws on a lost or doubled byte. */
async function measureDisconnects(port: number): Promise<number> {
  let browser = await Browser.connect(port);
  const id = await browser.open();
  browser.type('stty raw -echo; exec yes\r');
  let since = 0;
  for (let count = 0; count < DISCONNECTS; count++) {
    await new Promise<void>((resolve) => {
      let pieces = 0;
      browser.onBytes(() => ++pieces === 1 + (count % 5) && resolve());
    });
    since = browser.received;
    browser.close();
    browser = await Browser.connect(port);
    await browser.attach(id, since);
  }
  browser.type('\x03');
  browser.close();
  return since;
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

const server = fork(fileURLToPath(new URL('./terminal-server.ts', import.meta.url)));
const [{ port }] = (await once(server, 'message')) as [{ port: number }];

async function browser(): Promise<Browser> {
  const connected = await Browser.connect(port);
  await connected.open();
  return connected;
}

const rawEcho = await measureEcho(rawPty());
const echo = await measureEcho(await browser());
const rawFlow = await measureFlow(rawPty());
const flow = await measureFlow(await browser());
const before = await memoryOf(server);
const idle = await Promise.all(Array.from({ length: IDLE_TERMINALS }, () => browser()));
const after = await memoryOf(server);
idle.forEach((each) => each.close());
const bytesAcrossDisconnects = await measureDisconnects(port);
server.disconnect();
await once(server, 'exit');

const figures = {
  machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node.js ${process.version}`,
  rawEchoMedianMs: at(rawEcho, 0.5),
  rawEchoP99Ms: at(rawEcho, 0.99),
  echoMedianMs: at(echo, 0.5),
  echoP99Ms: at(echo, 0.99),
  rawFlowMBs: rawFlow,
  flowMBs: flow,
  serverMBPerIdleTerminal: (after - before) / IDLE_TERMINALS,
  disconnects: DISCONNECTS,
  bytesLostOrDoubled: 0,
  bytesAcrossDisconnects,
};
for (const [name, value] of Object.entries(figures)) {
  console.log(`${name.padEnd(26)} ${typeof value === 'number' ? Math.round(value * 1000) / 1000 : value}`);
}
const [file] = process.argv.slice(2);
if (file) {
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
}
