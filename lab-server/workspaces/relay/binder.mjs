// Runs for a moment inside a lab's network namespace: binds sockets there and hands them to the server, which then accepts the
// connections of that namespace itself. So no process has to stay in the namespace to relay. It loads nothing but Node's own modules,
// trusts its parent's messages (messages.ts), and is plain JavaScript: taking types off would triple its start, for which the learner waits.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

process.on('message', (message) => {
  for (const wanted of message.bind) {
    (wanted.protocol === 'tcp' ? bindTcp : bindUdp)(wanted);
  }
});
process.on('disconnect', () => process.exit(0));

function bindTcp(wanted) {
  const server = createServer();
  server.once('error', (error) => send({ bound: wanted, error: error.message }));
  server.listen({ host: wanted.address, port: wanted.port, backlog: 128 }, () => send({ bound: wanted }, server));
}

function bindUdp(wanted) {
  const socket = createSocket('udp4');
  socket.once('error', (error) => send({ bound: wanted, error: error.message }));
  socket.bind({ address: wanted.address, port: wanted.port, exclusive: true }, () => send({ bound: wanted }, socket));
}

/** The socket is closed on this side once the other side has it. */
function send(message, socket) {
  process.send?.(message, socket, {}, () => socket?.close());
}
