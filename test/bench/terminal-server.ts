// The server of the terminal benchmark, in a process of its own as in life: one lab whose workspace is a bare command.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { SystemClock } from '../../lab-server/base/index.ts';
import { MAX_MESSAGE_BYTES } from '../../lab-server/protocol/index.ts';
import { LabTerminals, PtyHost, serveStream } from '../../lab-server/terminals/index.ts';

const clock = new SystemClock();
const dataFolder = mkdtempSync(join(tmpdir(), 'dockside-terminal-bench-'));
const ptyHost = new PtyHost({ dataFolder });
let opened = 0;
const terminals = new LabTerminals({
  maxTerminals: 1_000,
  workspace: () => ({
    openTerminal: (size) =>
      ptyHost.open({
        id: `bench-${opened++}`,
        group: 'bench',
        // The command is the benchmark's business: it types it.
        command: {
          file: '/bin/bash',
          args: ['--norc', '--noprofile', '-c', 'read -r line; eval "$line"'],
          env: { PATH: '/usr/bin:/bin' },
          cwd: '/',
        },
        size,
      }),
    terminals: () => ptyHost.terminals('bench'),
    findTerminal: async (id) => (await ptyHost.terminals('bench')).find((terminal) => terminal.id === id),
  }),
});

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES + 1024 });
server.on('connection', (socket) => {
  serveStream(socket, { terminals, touch: () => undefined, extend: () => undefined }, { clock, warn: (message) => console.error(message) });
});
server.on('listening', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.on('message', () => process.send?.({ rss: process.memoryUsage().rss }));
process.on('disconnect', () => {
  server.close();
  for (const client of server.clients) {
    client.terminate();
  }
  void ptyHost.shutdown().then(() => {
    rmSync(dataFolder, { recursive: true, force: true });
    process.exit(0);
  });
});
