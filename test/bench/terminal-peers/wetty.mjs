// Measures wetty as Dockside's own terminals are measured: the echo of a key and the flow of output, over its WebSocket from this machine.
// Prints JSON. Wetty runs a command without ssh for root alone.   npm ci --prefix test/bench/terminal-peers && node test/bench/terminal-peers/wetty.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';

const WETTY = fileURLToPath(new URL('./node_modules/wetty/build/main.js', import.meta.url));
const KEYS = 1000;
const FLOOD_BYTES = 200 * 1024 * 1024;
const ACKNOWLEDGE_EVERY = 256 * 1024;

const port = await freePort();
const wetty = spawn(
  process.execPath,
  [WETTY, '--host', '127.0.0.1', '--port', String(port), '--command', '/bin/bash', '--log-level', 'error'],
  {
    stdio: 'ignore',
  },
);
try {
  const echo = await measureEcho(await open());
  const flow = await measureFlow(await open());
  console.log(JSON.stringify({ echo, flow }));
} finally {
  wetty.kill('SIGKILL');
}
process.exit(0);

async function open() {
  for (let attempt = 0; ; attempt += 1) {
    const socket = io(`http://127.0.0.1:${port}`, { path: '/socket.io', transports: ['websocket'], reconnection: false });
    const prompt = new Promise((resolve) => socket.once('data', resolve));
    const outcome = await Promise.race([prompt, new Promise((resolve) => socket.once('connect_error', resolve))]);
    if (socket.connected) {
      return socket;
    }
    if (attempt === 50) {
      throw new Error(`wetty does not answer: ${outcome}`);
    }
    await pause(200);
  }
}

async function measureEcho(socket) {
  await typed(socket, 'stty raw -echo; printf R-; printf R; exec cat\r', 'R-R');
  const samples = [];
  let arrived = () => {};
  socket.on('data', () => arrived());
  for (let key = 0; key < KEYS; key += 1) {
    const startedAt = performance.now();
    await new Promise((resolve) => {
      arrived = resolve;
      socket.emit('input', 'x');
    });
    samples.push(performance.now() - startedAt);
  }
  socket.close();
  return samples;
}

async function measureFlow(socket) {
  await typed(socket, 'stty -echo; printf R-; printf R\r', 'R-R');
  let received = 0;
  let unacknowledged = 0;
  let startedAt = 0;
  const done = new Promise((resolve) => {
    socket.on('data', (data) => {
      startedAt ||= performance.now();
      received += data.length;
      unacknowledged += data.length;
      if (unacknowledged >= ACKNOWLEDGE_EVERY) {
        socket.emit('commit', unacknowledged);
        unacknowledged = 0;
      }
      if (received >= FLOOD_BYTES) {
        resolve();
      }
    });
  });
  socket.emit('input', `head -c ${FLOOD_BYTES} /dev/zero | tr '\\0' x\r`);
  await done;
  socket.close();
  return FLOOD_BYTES / 1e6 / ((performance.now() - startedAt) / 1000);
}

async function typed(socket, text, expected) {
  let seen = '';
  const ready = new Promise((resolve) => {
    socket.on('data', function listener(data) {
      seen += data;
      if (seen.includes(expected)) {
        socket.off('data', listener);
        resolve();
      }
    });
  });
  socket.emit('input', text);
  await ready;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address();
  server.close();
  return free;
}
