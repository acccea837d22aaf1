// What curl knows of one transfer, how it fails, and what --write-out prints of it.
import { isNetworkError } from '../../network/network-error.ts';
import { resolvePath } from '../../files/paths.ts';
import type { Process } from '../../processes/process.ts';
import { CertificateProblem, UnknownHost } from '../http/client.ts';
import type { CurlOptions } from './curl-options.ts';

export const VERSION = '7.88.1';

export interface Transfer {
  url: string;
  status: number;
  size: number;
  uploaded: number;
  contentType: string;
  address: string;
  port: number;
  redirects: number;
  redirectUrl: string;
  startedAt: number;
  connectedAt: number;
  answeredAt: number;
  method: string;
  httpVersion: string;
}

export class CurlFailure extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export function failureOf(process: Process, options: CurlOptions, transfer: Transfer, error: unknown): CurlFailure {
  if (process.signal.aborted) {
    throw error;
  }
  if (error instanceof CurlFailure) {
    return error;
  }
  if (error instanceof UnknownHost) {
    return new CurlFailure(6, `Could not resolve host: ${error.host}`);
  }
  if (error instanceof CertificateProblem) {
    return new CurlFailure(
      60,
      `SSL certificate problem: ${error.message === 'SELF_SIGNED_CERT_IN_CHAIN' ? 'self-signed certificate in certificate chain' : 'unable to get local issuer certificate'}`,
    );
  }
  if (isNetworkError(error)) {
    const elapsed = process.machine.clock.now() - transfer.startedAt;
    const url = new URL(/^[a-z]+:\/\//i.test(transfer.url) ? transfer.url : `http://${transfer.url}`);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    switch (error.code) {
      case 'ECONNREFUSED':
        return new CurlFailure(7, `Failed to connect to ${url.hostname} port ${port} after ${elapsed} ms: Couldn't connect to server`);
      case 'EHOSTUNREACH':
        return new CurlFailure(7, `Failed to connect to ${url.hostname} port ${port} after ${elapsed} ms: No route to host`);
      case 'ETIMEDOUT':
        return new CurlFailure(28, `Failed to connect to ${url.hostname} port ${port} after ${elapsed} ms: Connection timed out`);
      case 'ECONNRESET':
        return transfer.connectedAt > 0 && transfer.status === 0
          ? new CurlFailure(52, 'Empty reply from server')
          : new CurlFailure(56, 'Recv failure: Connection reset by peer');
      default:
        if (error.code.startsWith('HPE_')) {
          return new CurlFailure(1, 'Received HTTP/0.9 when not allowed');
        }
        if (error.code.startsWith('ERR_SSL') || error.code.startsWith('EPROTO')) {
          return new CurlFailure(35, 'error:0A00010B:SSL routines::wrong version number');
        }
    }
  }
  if (error instanceof Error && /^E[A-Z]+: /.test(error.message)) {
    return error.message.includes(options.outputs[0] ?? '\0')
      ? new CurlFailure(23, 'Failure writing output to destination')
      : new CurlFailure(26, 'Failed to open/read local data from file/application');
  }
  throw error;
}

export async function writeOut(process: Process, template: string, transfer: Transfer, code: number, message: string): Promise<string> {
  const format = template.startsWith('@')
    ? await process.machine.files.readFile(resolvePath(process.cwd, template.slice(1))).catch(() => '')
    : template;
  const seconds = (at: number): string => (Math.max(0, at - transfer.startedAt) / 1000).toFixed(6);
  const now = process.machine.clock.now();
  const values: Record<string, string> = {
    http_code: String(transfer.status).padStart(3, '0'),
    response_code: String(transfer.status).padStart(3, '0'),
    time_total: seconds(now),
    time_connect: seconds(transfer.connectedAt),
    time_namelookup: seconds(transfer.connectedAt === 0 ? 0 : transfer.startedAt),
    time_starttransfer: seconds(transfer.answeredAt),
    time_pretransfer: seconds(transfer.connectedAt),
    time_appconnect: '0.000000',
    time_redirect: '0.000000',
    size_download: String(transfer.size),
    size_upload: String(transfer.uploaded),
    speed_download: String(Math.round(transfer.size / Math.max(0.001, (now - transfer.startedAt) / 1000))),
    url: transfer.url,
    url_effective: transfer.url,
    remote_ip: transfer.address,
    remote_port: String(transfer.port),
    local_ip: process.machine.endpoint.address,
    content_type: transfer.contentType,
    num_redirects: String(transfer.redirects),
    num_connects: '1',
    redirect_url: transfer.redirectUrl,
    method: transfer.method,
    http_version: transfer.httpVersion,
    scheme: transfer.url.startsWith('https') ? 'HTTPS' : 'HTTP',
    exitcode: String(code),
    errormsg: message,
  };
  return format
    .replace(/%\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
    .replaceAll('%%', '%')
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .replaceAll('\\r', '\r');
}
