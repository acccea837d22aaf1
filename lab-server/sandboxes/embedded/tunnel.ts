// The way into a cluster's network from another thread or process: one connection of a Unix socket per connection, opened by one line.
// `connect 10.96.14.7 80\n` is answered by `ok\n`, after which bytes flow both ways, or by `refused <code>\n` and the end.
import { createConnection, createServer, isIPv4, type Socket } from 'node:net';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Duplex } from 'node:stream';

/** Longest path a Unix socket can have on Linux is 107 bytes, on macOS 103. */
const MAX_SOCKET_PATH = 100;
const MAX_HEADER = 64;

/** A socket path in `folder`, or in a private temporary folder where that path is too long. */
export function chooseSocketPath(folder: string, name: string): { path: string; remove(): void } {
  if (process.platform === 'win32') {
    return { path: `\\\\.\\pipe\\dockside-${name}-${process.pid}`, remove() {} };
  }
  const path = join(folder, `${name}.sock`);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) {
    rmSync(path, { force: true });
    return { path, remove: () => rmSync(path, { force: true }) };
  }
  const short = mkdtempSync(join(tmpdir(), 'dockside-'));
  return { path: join(short, 's'), remove: () => rmSync(short, { recursive: true, force: true }) };
}

/** Serves connections into a network until disposed. */
export async function serveTunnel(path: string, connect: (address: string, port: number) => Promise<Duplex>): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    readLine(socket).then(
      async (line) => {
        const [, address = '', port = ''] = /^connect (\S+) (\d{1,5})$/.exec(line) ?? [];
        if (!isIPv4(address)) {
          socket.end('refused EINVAL\n');
          return;
        }
        let target: Duplex;
        try {
          target = await connect(address, Number(port));
        } catch (error) {
          socket.end(`refused ${errorCode(error)}\n`);
          return;
        }
        socket.write('ok\n');
        await Promise.allSettled([pipeline(socket, target), pipeline(target, socket)]);
      },
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  if (process.platform !== 'win32') {
    chmodSync(path, 0o600);
  }
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      open.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}

/** Opens a connection through a tunnel. Rejects with the network's code (ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT). */
export async function connectThroughTunnel(path: string, address: string, port: number): Promise<Duplex> {
  const socket = createConnection({ path, allowHalfOpen: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.write(`connect ${address} ${port}\n`);
    const line = await readLine(socket);
    if (line !== 'ok') {
      const code = /^refused ([A-Z]+)$/.exec(line)?.[1] ?? 'ECONNREFUSED';
      throw Object.assign(new Error(`connect ${code} ${address}:${port}`), { code, address, port });
    }
    return socket;
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
}

/** Reads up to the first newline; what follows it stays in the stream. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = Buffer.alloc(0);
    function onReadable(): void {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
        const newline = chunk.indexOf(0x0a);
        if (newline >= 0) {
          const rest = chunk.subarray(newline + 1);
          detach();
          if (rest.length > 0) {
            socket.unshift(rest);
          }
          resolve(Buffer.concat([text, chunk.subarray(0, newline)]).toString('latin1'));
          return;
        }
        text = Buffer.concat([text, chunk]);
        if (text.length > MAX_HEADER) {
          detach();
          reject(new Error('the first line is too long'));
          return;
        }
      }
    }
    function onEnd(): void {
      detach();
      reject(Object.assign(new Error('the connection ended before its first line'), { code: 'ECONNRESET' }));
    }
    function onError(error: Error): void {
      detach();
      reject(error);
    }
    function detach(): void {
      socket.off('readable', onReadable);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      socket.off('error', onError);
    }
    socket.on('readable', onReadable);
    socket.once('end', onEnd);
    socket.once('close', onEnd);
    socket.once('error', onError);
  });
}

function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^E[A-Z]+$/.test(code) ? code : 'ECONNREFUSED';
}
