// Failures of a connection, with the codes and words Node's own sockets use, so that callers need not know it is simulated.

const MEANING = {
  EADDRINUSE: 'address already in use',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  EPIPE: 'broken pipe',
  ETIMEDOUT: 'connection timed out',
} as const;

export type NetworkErrorCode = keyof typeof MEANING;

/** A failed listen, connect, read or write. `code` is the errno name; `syscall`, `address` and `port` are as Node sets them. */
export class NetworkError extends Error {
  readonly code: NetworkErrorCode;
  readonly syscall: string;
  readonly address: string | undefined;
  readonly port: number | undefined;

  constructor(code: NetworkErrorCode, syscall: string, address?: string, port?: number) {
    const place = address === undefined ? '' : ` ${address}:${port}`;
    super(`${syscall} ${code}: ${MEANING[code]}${place}`);
    this.name = 'NetworkError';
    this.code = code;
    this.syscall = syscall;
    this.address = address;
    this.port = port;
  }
}

/** Whether `error` is a network failure, and optionally of this code. Holds for Node's own socket errors as well. */
export function isNetworkError(error: unknown, code?: NetworkErrorCode): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && (code === undefined || error.code === code);
}
