// The API over HTTPS: one server for connections from this machine and for those that come through the simulated network.
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { handleRequest, handleUpgradeRequest } from './handle.ts';
import type { ClusterIdentity } from './auth/identity.ts';
import type { ApiServices } from './services.ts';

/** Longer than clients keep idle connections, so that it is they who close them. */
const KEEP_ALIVE_MS = 150_000;

export interface ApiServer {
  /** Port on the address that it listens on. */
  readonly port: number;
  /** Serves a connection that came some other way, TLS included. */
  serve(connection: Duplex): void;
  close(): Promise<void>;
}

export async function startApiServer(
  services: ApiServices,
  identity: ClusterIdentity,
  listen: { host: string; port: number },
): Promise<ApiServer> {
  const server = createServer(
    {
      key: identity.server.key,
      cert: identity.server.certificate,
      ca: identity.authority.certificate,
      requestCert: true,
      // A client without a certificate may have a token; who has neither is anonymous.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (message, response) => {
      // A client that goes away is no error of ours.
      response.on('error', () => response.destroy());
      void handleRequest(services, message, response);
    },
  );
  server.on('upgrade', (message, socket: Duplex, head: Buffer) => handleUpgradeRequest(services, message, socket, head));
  server.on('clientError', (_error, socket: Duplex) => socket.destroy());
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const connections = new Set<Duplex>();
  server.on('secureConnection', (socket) => {
    connections.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => connections.delete(socket));
  });
  await listening(server, listen);
  return {
    port: (server.address() as AddressInfo).port,
    serve(connection) {
      connection.on('error', () => connection.destroy());
      server.emit('connection', connection);
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) {
          connection.destroy();
        }
      });
    },
  };
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
