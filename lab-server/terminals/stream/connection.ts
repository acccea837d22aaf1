// What the stream needs of a WebSocket. The `ws` package's class fits it as it is.

export interface StreamConnection {
  send(data: string | Uint8Array, options: { binary: boolean }): void;
  ping(): void;
  /** Closes with one of the protocol's codes. */
  close(code: number, reason: string): void;
  /** Drops the connection at once. */
  terminate(): void;
  on(event: 'message', listener: (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => void): unknown;
  on(event: 'pong', listener: () => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}
