// The entry of the pty host process: node lab-server/terminals/host/main.ts SOCKET GRACE_MS
// Started by the lab server, detached from it; ends by itself when no server has been there for the grace time.
import { connect } from 'node:net';
import { z } from 'zod';
import { SystemClock } from '../../base/index.ts';
import { PtyHostServer } from './host-server.ts';

const EXIT_ALREADY_RUNNING = 3;

const [socketPath, graceMs] = z.tuple([z.string().min(1), z.coerce.number().int().min(0)]).parse(process.argv.slice(2));

const host = new PtyHostServer({
  clock: new SystemClock(),
  graceMs,
  onStopped: () => process.exit(0),
});

// The terminal from which the server was started may go away; that is no reason to end the learners' shells.
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => void host.stop());

if (await answers(socketPath)) {
  process.exit(EXIT_ALREADY_RUNNING);
}
await host.listen(socketPath);

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
