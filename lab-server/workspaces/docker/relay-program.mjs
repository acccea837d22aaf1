// Runs in a container beside a lab's own, on the same network and with the power over it that the learner's container lacks: makes the
// sandbox's ranges local, listens where the server says, and carries each connection to the server. It speaks HTTP/2 over its standard input
// and output, which multiplexes and paces the connections; the server is the server of that session. Nothing but Node's own modules.
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect } from 'node:http2';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Duplex } from 'node:stream';

const session = connect('http://server', {
  createConnection: () => Duplex.from({ readable: process.stdin, writable: process.stdout }),
});
session.on('error', () => process.exit(0));
session.on('close', () => process.exit(0));
process.stdin.on('end', () => process.exit(0));

/** Lines of JSON both ways: what to do, and how it went. */
const control = session.request({ ':method': 'POST', ':path': '/control' });
control.on('error', () => process.exit(0));
const open = new Map();

createInterface({ input: control }).on('line', (line) => {
  const { id, route, listen, names, close } = JSON.parse(line);
  const settle = (error) => control.write(`${JSON.stringify({ id, ...(error && { error: String(error.message ?? error) }) })}\n`);
  if (route) {
    const { status, stderr, error } = spawnSync('ip', ['route', 'replace', 'local', route, 'dev', 'lo'], { encoding: 'utf8' });
    settle(error ?? (status === 0 ? undefined : stderr));
  } else if (listen) {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => carry(socket, listen));
    server.once('error', settle);
    server.listen({ host: listen.address, port: listen.port, backlog: 128 }, () => settle());
    open.set(id, server);
  } else if (names) {
    const socket = createSocket('udp4');
    socket.once('error', settle);
    socket.on('message', (message, from) => ask(message, (reply) => socket.send(reply, from.port, from.address, () => {})));
    socket.bind({ address: names.address, port: names.port, exclusive: true }, () => settle());
    open.set(id, socket);
  } else if (close) {
    open.get(close)?.close();
    open.delete(close);
  }
});

function carry(socket, { address, port }) {
  const stream = session.request({ ':method': 'CONNECT', ':authority': `${address}:${port}` }, { endStream: false });
  socket.on('error', () => stream.close());
  stream.on('error', () => socket.resetAndDestroy());
  stream.on('aborted', () => socket.resetAndDestroy());
  socket.pipe(stream).pipe(socket);
}

function ask(message, reply) {
  const stream = session.request({ ':method': 'POST', ':path': '/names' });
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('end', () => chunks.length > 0 && reply(Buffer.concat(chunks)));
  stream.on('error', () => {});
  stream.end(message);
}
