// One attempt of a probe: did it succeed, and if not, what the kubelet reports of it.
import type { Container, NetworkEndpoint } from '../../../runtime/runtime.ts';
import { ExecNotFound } from '../../../runtime/runtime.ts';
import { messageOf } from '../../../../base/index.ts';
import type { ContainerSpec, Probe } from '../kinds.ts';
import { execInContainer } from './exec-probe.ts';
import { grpcHealth } from './grpc-health.ts';
import { httpGet, httpTargetOf, portNumber, urlOf } from './http-get.ts';

export interface Attempt {
  probe: Probe;
  spec: ContainerSpec;
  container: Container;
  /** The pod's address. */
  address: string;
  /** The node: probes come from there. */
  from: NetworkEndpoint;
  /** Aborts when the probe's time is over. */
  signal: AbortSignal;
}

/** The failure's text; undefined when the probe succeeded. */
export async function attemptProbe(attempt: Attempt): Promise<string | undefined> {
  const { probe } = attempt;
  if (probe.exec) {
    return probeByExec(attempt, probe.exec.command ?? []);
  }
  if (probe.httpGet) {
    return probeByHttp(attempt, probe.httpGet);
  }
  if (probe.tcpSocket) {
    return probeByTcp(attempt, probe.tcpSocket);
  }
  if (probe.grpc) {
    return probeByGrpc(attempt, probe.grpc);
  }
  return undefined;
}

async function probeByExec({ container, signal }: Attempt, command: readonly string[]): Promise<string | undefined> {
  try {
    const { exitCode, output } = await execInContainer(container, command, signal);
    return exitCode === 0 ? undefined : output;
  } catch (error) {
    if (signal.aborted) {
      return `command timed out: "${command.join(' ')}" timed out after ${reasonSeconds(signal)}s`;
    }
    if (error instanceof ExecNotFound) {
      return `OCI runtime exec failed: exec failed: unable to start container process: ${error.message}`;
    }
    return messageOf(error);
  }
}

async function probeByHttp({ spec, address, from, signal }: Attempt, action: NonNullable<Probe['httpGet']>): Promise<string | undefined> {
  const target = httpTargetOf(action, spec, address);
  try {
    const { status } = await httpGet(from, target, signal);
    return status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`;
  } catch (error) {
    const why = signal.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : dialFailure(error, target.host, target.port);
    return `Get "${urlOf(target)}": ${why}`;
  }
}

async function probeByTcp({ spec, address, from, signal }: Attempt, action: NonNullable<Probe['tcpSocket']>): Promise<string | undefined> {
  const host = action.host ?? address;
  const port = portNumber(action.port, spec);
  try {
    const connection = await from.connect(host, port, signal);
    connection.on('error', () => undefined);
    connection.destroy();
    return undefined;
  } catch (error) {
    return signal.aborted ? `dial tcp ${host}:${port}: i/o timeout` : dialFailure(error, host, port);
  }
}

async function probeByGrpc({ address, from, signal }: Attempt, action: NonNullable<Probe['grpc']>): Promise<string | undefined> {
  try {
    const status = await grpcHealth(from, address, action.port, action.service ?? '', signal);
    return status === 'SERVING' ? undefined : `service unhealthy (responded with "${status}")`;
  } catch (error) {
    if (signal.aborted) {
      return `timeout: failed to connect service "${address}:${action.port}" within ${reasonSeconds(signal)}s: context deadline exceeded`;
    }
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${messageOf(error)}`;
  }
}

/** A failed connection in the words of Go's net package. */
function dialFailure(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${host}:${port}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${host}:${port}: connect: no route to host`;
    case 'ETIMEDOUT':
      return `dial tcp ${host}:${port}: i/o timeout`;
    case 'ECONNRESET':
      return `read tcp ${host}:${port}: read: connection reset by peer`;
    default:
      return messageOf(error) === 'socket hang up' ? 'EOF' : messageOf(error);
  }
}

/** The timeout in seconds, which the prober gives as the reason of its abort. */
function reasonSeconds(signal: AbortSignal): string {
  return messageOf(signal.reason);
}
