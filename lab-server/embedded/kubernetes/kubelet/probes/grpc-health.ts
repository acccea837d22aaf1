// The gRPC health check (grpc.health.v1.Health/Check) over HTTP/2 on the simulated network.
// https://github.com/grpc/grpc/blob/master/doc/health-checking.md
import { connect } from 'node:http2';
import { quietConnection } from './quiet-connection.ts';
import type { NetworkEndpoint } from '../../../runtime/runtime.ts';

const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
export type HealthStatus = (typeof STATUSES)[number];

/** Rejects when there is no answer, or an answer that is no health status. */
export async function grpcHealth(
  from: NetworkEndpoint,
  address: string,
  port: number,
  service: string,
  signal: AbortSignal,
): Promise<HealthStatus> {
  const connection = quietConnection(await from.connect(address, port, signal));
  const session = connect(`http://${address}:${port}`, { createConnection: () => connection });
  try {
    return await new Promise<HealthStatus>((resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      session.on('error', reject);
      const call = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        'user-agent': 'kube-probe/1.36',
        te: 'trailers',
      });
      const chunks: Buffer[] = [];
      call.on('data', (chunk: Buffer) => chunks.push(chunk));
      call.on('error', reject);
      call.once('end', () => {
        const status = readStatus(Buffer.concat(chunks));
        if (status) {
          resolve(status);
        } else {
          reject(new Error('unknown service grpc.health.v1.Health'));
        }
      });
      call.end(frame(service));
    });
  } finally {
    session.destroy();
    connection.destroy();
  }
}

/** A length-prefixed HealthCheckRequest: field 1 is the service's name. */
function frame(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** The status of a HealthCheckResponse: field 1, a varint; absent means UNKNOWN. */
function readStatus(body: Buffer): HealthStatus | undefined {
  if (body.length < 5) {
    return undefined;
  }
  const message = body.subarray(5);
  return message.length === 0 ? 'UNKNOWN' : message[0] === 0x08 ? STATUSES[message[1] ?? 0] : undefined;
}
