// A TCP relay into a simulated network, as a workspace has one: real programs on this machine reach simulated addresses.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Network } from '../../../lab-server/embedded/runtime/index.ts';

export interface Relay extends AsyncDisposable {
  port: number;
}

/** Forwards a port of 127.0.0.1, chosen by the system, to `address:port`. */
export async function relayTo(network: Network, address: string, port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    network.connect('192.168.49.1', address, port).then(
      (connection) => {
        connection.on('error', () => socket.destroy());
        socket.on('close', () => connection.destroy());
        socket.pipe(connection).pipe(socket);
      },
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
