// The two ends of a simulated TCP connection: Duplex streams with back-pressure, half-close and reset.
import { Duplex } from 'node:stream';
import { NetworkError } from './network-error.ts';

/** Bytes that may wait in each direction before the writer is held back: a small socket buffer. */
const BUFFER_BYTES = 64 * 1024;

/** Names of both ends, as `getsockname` and `getpeername` would give them. */
export interface ConnectionAddresses {
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
}

/** One end. Has the socket properties that HTTP servers and loggers look at. */
export class Connection extends Duplex {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  #peer: Connection | undefined;
  /** Set while the peer's buffer is full: releases the pending write. */
  #resume: (() => void) | undefined;
  #receivedEnd = false;

  constructor(addresses: ConnectionAddresses) {
    super({ allowHalfOpen: true, readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES });
    this.localAddress = addresses.localAddress;
    this.localPort = addresses.localPort;
    this.remoteAddress = addresses.remoteAddress;
    this.remotePort = addresses.remotePort;
    // A connection that is lost while nobody listens for errors must not bring the whole simulation down.
    this.on('error', () => undefined);
  }

  static join(left: Connection, right: Connection): void {
    left.#peer = right;
    right.#peer = left;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const peer = this.#peer;
    if (!peer || peer.destroyed) {
      callback(new NetworkError('EPIPE', 'write'));
      return;
    }
    if (peer.push(chunk)) {
      // Deferred, so that two ends that answer each other at once do not recurse.
      process.nextTick(callback);
    } else {
      peer.#resume = callback;
    }
  }

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _final(callback: (error?: Error | null) => void): void {
    const peer = this.#peer;
    if (peer) {
      peer.#end();
    }
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const peer = this.#peer;
    this.#peer = undefined;
    const resume = this.#resume;
    this.#resume = undefined;
    // A writer that waits for this end's buffer must learn that nobody will read.
    resume?.();
    if (peer && !peer.destroyed) {
      const closedCleanly = this.writableFinished && error === null;
      process.nextTick(() => (closedCleanly ? peer.#end() : peer.#reset()));
    }
    callback(error);
  }

  #end(): void {
    if (!this.#receivedEnd && !this.destroyed) {
      this.#receivedEnd = true;
      this.push(null);
    }
  }

  #reset(): void {
    if (this.destroyed) {
      return;
    }
    if (this.#receivedEnd && this.writableFinished) {
      this.destroy();
      return;
    }
    this.destroy(new NetworkError('ECONNRESET', 'read'));
  }
}

/** Two joined ends; what one writes the other reads. */
export function createConnectionPair(
  client: { address: string; port: number },
  server: { address: string; port: number },
): { client: Connection; server: Connection } {
  const left = new Connection({
    localAddress: client.address,
    localPort: client.port,
    remoteAddress: server.address,
    remotePort: server.port,
  });
  const right = new Connection({
    localAddress: server.address,
    localPort: server.port,
    remoteAddress: client.address,
    remotePort: client.port,
  });
  Connection.join(left, right);
  return { client: left, server: right };
}
