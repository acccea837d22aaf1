// One forwarded connection: bytes both ways between a client's stream and a port inside the pod's network.
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../../../../base/index.ts';
import type { NetworkEndpoint } from '../../../../runtime/runtime.ts';

export interface ForwardTarget {
  endpoint: NetworkEndpoint | undefined;
  podUid: string;
  /** The pod sandbox's id, as containerd knows it. */
  sandboxId: string;
}

/** Resolves when both directions have ended; the result is why the port could not be reached, if it could not. */
export async function forward(target: ForwardTarget, port: number, client: Duplex, signal: AbortSignal): Promise<string | undefined> {
  let connection: Duplex;
  try {
    if (!target.endpoint) {
      throw new Error('pod is not running');
    }
    connection = await target.endpoint.connect('127.0.0.1', port, signal);
  } catch (error) {
    return failureText(target, port, error);
  }
  // The pipelines see errors while they run; a late reset must not go unheard.
  connection.on('error', () => undefined);
  const stop = (): void => void connection.destroy();
  signal.addEventListener('abort', stop, { once: true });
  // A side that breaks off ends the other one too; that is no failure of the forwarding itself.
  await Promise.all([
    pipeline(client, connection).catch(() => connection.destroy()),
    pipeline(connection, client, { end: true }).catch(() => client.destroy()),
  ]);
  signal.removeEventListener('abort', stop);
  return undefined;
}

function failureText({ podUid, sandboxId }: ForwardTarget, port: number, error: unknown): string {
  const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  const cause = refused
    ? `failed to connect to localhost:${port} inside namespace "${sandboxId}", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found `
    : messageOf(error);
  const namespace = `/var/run/netns/cni-${podUid}`;
  return `error forwarding port ${port} to pod ${sandboxId}, uid : failed to execute portforward in network namespace "${namespace}": ${cause}`;
}
