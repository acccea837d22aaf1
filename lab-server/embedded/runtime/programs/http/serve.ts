// Serves HTTP on a process's port: Node's own HTTP parser over simulated connections, one server object for all containers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Process } from '../../processes/process.ts';

export interface HttpHandler {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
  /** Answers what could not be parsed, on the bare connection. */
  reject?(connection: Duplex, error: Error & { code?: string }): void;
}

/** Bytes of request headers that are read, as nginx and Apache allow by default. */
const MAX_HEADER_BYTES = 32 * 1024;

const handlers = new WeakMap<Duplex, HttpHandler>();
let shared: Server | undefined;

/** Listens until the result is disposed or the process is over. Throws NetworkError EADDRINUSE. */
export function serveHttp(process: Process, port: number, handler: HttpHandler): Disposable {
  const connections = new Set<Duplex>();
  const listener = process.machine.endpoint.listen(port, (connection) => {
    handlers.set(connection, handler);
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
    sharedServer().emit('connection', connection);
  });
  const close = (): void => {
    listener[Symbol.dispose]();
    for (const connection of connections) {
      connection.destroy();
    }
  };
  process.signal.addEventListener('abort', close, { once: true });
  return {
    [Symbol.dispose]: () => {
      process.signal.removeEventListener('abort', close);
      listener[Symbol.dispose]();
    },
  };
}

/** It never listens: connections are handed to it, and it finds the handler that they belong to. */
function sharedServer(): Server {
  if (!shared) {
    shared = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false, keepAliveTimeout: 0 }, (request, response) => {
      response.sendDate = false;
      const handler = handlers.get(request.socket);
      void Promise.resolve(handler?.handle(request, response)).catch(() => response.destroy());
    });
    shared.on('clientError', (error: Error & { code?: string }, connection: Duplex) => {
      const handler = handlers.get(connection);
      if (connection.writable && handler?.reject) {
        handler.reject(connection, error);
      } else {
        connection.destroy();
      }
    });
  }
  return shared;
}
