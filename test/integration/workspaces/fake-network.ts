// A sandbox network of its own: what is published answers with what the test gives, over in-memory streams.
import { duplexPair, type Duplex } from 'node:stream';
import type { PublishedAddress, SandboxNetwork } from '../../../lab-server/sandboxes/sandbox.ts';

export class FakeNetwork implements SandboxNetwork {
  readonly ranges: readonly string[];
  readonly names = new Map<string, string>();
  readonly #services = new Map<string, { target: PublishedAddress; serve: (stream: Duplex) => void }>();
  readonly #listeners = new Set<() => void>();

  constructor(ranges: readonly string[]) {
    this.ranges = ranges;
  }

  publish(address: string, port: number, serve: (stream: Duplex) => void): void {
    this.#services.set(`${address}:${port}`, { target: { address, port, protocol: 'tcp' }, serve });
    this.#tell();
  }

  unpublish(address: string, port: number): void {
    this.#services.delete(`${address}:${port}`);
    this.#tell();
  }

  published(): readonly PublishedAddress[] {
    return [...this.#services.values()].map(({ target }) => target);
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async resolve(name: string): Promise<string | undefined> {
    return this.names.get(name);
  }

  connect(target: PublishedAddress): Promise<Duplex> {
    const service = this.#services.get(`${target.address}:${target.port}`);
    if (!service) {
      return Promise.reject(new Error('nothing listens there'));
    }
    const [near, far] = duplexPair();
    service.serve(far);
    return Promise.resolve(near);
  }

  #tell(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

/** Answers every request with one page. */
export function page(text: string): (stream: Duplex) => void {
  return (stream) => {
    stream.once('data', () => {
      stream.end(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`);
    });
    stream.on('error', () => undefined);
  };
}
