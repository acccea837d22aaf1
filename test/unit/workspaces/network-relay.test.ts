import { Duplex, PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PublishedAddress, SandboxNetwork } from '../../../lab-server/sandboxes/sandbox.ts';
import type { Door, Doors } from '../../../lab-server/workspaces/relay/doors.ts';
import { NetworkRelay } from '../../../lab-server/workspaces/relay/network-relay.ts';

const SERVICE: PublishedAddress = { address: '10.96.0.10', port: 80, protocol: 'tcp' };

/** A sandbox whose addresses come and go as the test says. */
class Network implements SandboxNetwork {
  readonly ranges = ['10.96.0.0/12'];
  #published: readonly PublishedAddress[] = [SERVICE];
  readonly #listeners = new Set<() => void>();

  published(): readonly PublishedAddress[] {
    return this.#published;
  }
  publish(...addresses: PublishedAddress[]): void {
    this.#published = addresses;
    this.#listeners.forEach((listener) => listener());
  }
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
  connect(): Promise<Duplex> {
    const stream = new PassThrough();
    stream.write('welcome');
    return Promise.resolve(stream);
  }
}

/** A workspace's network in which binding an address takes until the test says so. */
class SlowDoors implements Doors {
  readonly asked: ((connection: Duplex) => void)[] = [];
  readonly #bound: (() => void)[] = [];
  closed = 0;

  async listen(_address: string, _port: number, { connection }: { connection: (connection: Duplex) => void }): Promise<Door> {
    this.asked.push(connection);
    await new Promise<void>((resolve) => this.#bound.push(resolve));
    return { close: () => (this.closed += 1) };
  }
  serveNames(): Promise<Door> {
    return Promise.resolve({ close: () => undefined });
  }
  bind(): void {
    this.#bound.splice(0).forEach((resolve) => resolve());
  }
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Longer than a relay waits for more changes. */
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(30);

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function aRelay(): { network: Network; doors: SlowDoors; relay: NetworkRelay; warnings: string[] } {
  const network = new Network();
  const doors = new SlowDoors();
  const warnings: string[] = [];
  const relay = new NetworkRelay({ doors, networks: [network], hosts: {}, warn: (message) => warnings.push(message) });
  return { network, doors, relay, warnings };
}

test('an address that is taken back and published again while it is being bound is bound once, and can be reached', async () => {
  const { network, doors, relay, warnings } = aRelay();
  await using _relay = relay;
  const started = relay.start();
  network.publish();
  await settled();
  network.publish(SERVICE);
  await settled();
  expect(doors.asked).toHaveLength(1);
  doors.bind();
  await started;
  expect(doors.closed).toBe(0);
  expect(warnings).toEqual([]);
  const [client, connection] = pair();
  client.on('error', () => undefined);
  doors.asked[0]?.(connection);
  expect(await new Promise((resolve) => client.once('data', (data: Buffer) => resolve(data.toString())))).toBe('welcome');
});

test('an address that was taken back while it was being bound is closed, and is bound anew when it comes again', async () => {
  const { network, doors, relay } = aRelay();
  await using _relay = relay;
  const started = relay.start();
  network.publish();
  await settled();
  doors.bind();
  await started;
  expect(doors.closed).toBe(1);
  network.publish(SERVICE);
  await settled();
  expect(doors.asked).toHaveLength(2);
});

/** Two ends of one connection. */
function pair(): [Duplex, Duplex] {
  const [there, back] = [new PassThrough(), new PassThrough()];
  return [Duplex.from({ readable: back, writable: there }), Duplex.from({ readable: there, writable: back })];
}
