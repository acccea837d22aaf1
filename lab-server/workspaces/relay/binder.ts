// Runs for a moment inside a lab's network namespace: binds sockets there and hands them to the server, which then accepts the
// connections of that namespace itself. So no process has to stay in the namespace to relay.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { PublishedAddress } from '../../sandboxes/sandbox.ts';
import { toBinderSchema, type FromBinder } from './messages.ts';

process.on('message', (message) => {
  for (const wanted of toBinderSchema.parse(message).bind) {
    (wanted.protocol === 'tcp' ? bindTcp : bindUdp)(wanted);
  }
});
process.on('disconnect', () => process.exit(0));

function bindTcp(wanted: PublishedAddress): void {
  const server = createServer();
  server.once('error', (error) => send({ bound: wanted, error: error.message }));
  server.listen({ host: wanted.address, port: wanted.port, backlog: 128 }, () => send({ bound: wanted }, server));
}

function bindUdp(wanted: PublishedAddress): void {
  const socket = createSocket('udp4');
  socket.once('error', (error) => send({ bound: wanted, error: error.message }));
  socket.bind({ address: wanted.address, port: wanted.port, exclusive: true }, () => send({ bound: wanted }, socket));
}

/** The socket is closed on this side once the other side has it. */
function send(message: FromBinder, socket?: ReturnType<typeof createServer> | ReturnType<typeof createSocket>): void {
  process.send?.(message, socket, {}, () => socket?.close());
}
