// What may carry a SPDY connection: an upgraded socket, or the binary messages of a WebSocket.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Transport } from './session.ts';

export function socketTransport(socket: Duplex, head: Buffer): Transport {
  return {
    send: (bytes, done) => void socket.write(bytes, done),
    onBytes(listener) {
      if (head.length > 0) {
        listener(head);
      }
      socket.on('data', listener);
    },
    onClose(listener) {
      socket.once('close', listener);
      socket.on('error', () => socket.destroy());
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => void socket.end(),
  };
}

export function webSocketTransport(socket: WebSocket): Transport {
  return {
    send: (bytes, done) => socket.send(bytes, { binary: true }, done),
    onBytes(listener) {
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (isBinary) {
          listener(data);
        } else {
          socket.close(1003, 'only binary messages carry SPDY');
        }
      });
    },
    onClose(listener) {
      socket.once('close', listener);
      socket.on('error', () => socket.terminate());
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(1000),
  };
}
