// A connection whose resets end it without an error. Node's HTTP/2 wraps streams that are no sockets, and leaves the wrapper's
// errors unheard once a session is over; an unheard error would end the process.
import { Duplex } from 'node:stream';

export function quietConnection(connection: Duplex): Duplex {
  const quiet = new Duplex({
    read: () => void connection.resume(),
    write: (chunk: Buffer, encoding, done) => void connection.write(chunk, encoding, () => done()),
    final: (done) => void connection.end(() => done()),
    destroy: (_error, done) => {
      connection.destroy();
      done(null);
    },
  });
  connection.on('data', (chunk: Buffer) => {
    if (!quiet.push(chunk)) {
      connection.pause();
    }
  });
  connection.on('end', () => quiet.push(null));
  connection.on('error', () => quiet.destroy());
  connection.on('close', () => quiet.destroy());
  return quiet;
}
