// How many connections one client may hold: who opens a thousand must not take the places of everyone else.
import type { Server, Socket } from 'node:net';

/** A class behind one address, six connections a browser and a stream for each lab, stays below. */
const PER_ADDRESS = 500;

/** Cuts connections of an address beyond its limit before anything is read from them. */
export function limitConnections(server: Server, perAddress = PER_ADDRESS): void {
  const open = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) {
        open.delete(address);
      } else {
        open.set(address, left);
      }
    });
    if (count > perAddress) {
      socket.destroy();
    }
  });
}
