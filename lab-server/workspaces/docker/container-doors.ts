// Doors into a container's network: the server's side of relay-program.mjs, which runs in a container of its own on the same network.
import { spawn, type ChildProcess } from 'node:child_process';
import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createInterface } from 'node:readline';
import { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import type { PtyCommand } from '../../terminals/index.ts';
import type { Door, Doors } from '../relay/doors.ts';

const settledSchema = z.object({ id: z.number(), error: z.string().optional() });
const MAX_ERRORS = 2_000;
/** The daemon and the image's Node.js need a moment; more than this is a failure. */
const START_MS = 30_000;

type ConnectionEvents = Parameters<Doors['listen']>[2];

export class ContainerDoors implements Doors {
  readonly #process: ChildProcess;
  readonly #session: ServerHttp2Session;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  readonly #listeners = new Map<string, ConnectionEvents>();
  #answer: ((message: Buffer) => Promise<Buffer | undefined>) | undefined;
  #control = Promise.withResolvers<ServerHttp2Stream>();
  #last = 0;
  #isClosed = false;

  /** `command` runs the relay program; `ranges` (CIDR) become local to the container's network. */
  static async open(command: PtyCommand, ranges: readonly string[]): Promise<ContainerDoors> {
    const doors = new ContainerDoors(command);
    try {
      for (const range of ranges) {
        await doors.#order({ route: range });
      }
    } catch (error) {
      await doors[Symbol.asyncDispose]();
      throw error;
    }
    return doors;
  }

  private constructor({ file, args, env, cwd }: PtyCommand) {
    const relay = spawn(file, args, { env: { ...env }, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process = relay;
    this.#control.promise.catch(() => undefined);
    let errors = '';
    relay.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-MAX_ERRORS);
    });
    const late = setTimeout(() => relay.kill('SIGKILL'), START_MS);
    void this.#control.promise.then(() => clearTimeout(late)).catch(() => undefined);
    const onEnd = (reason: string): void => {
      clearTimeout(late);
      this.#fail(new Error(`the relay of the container ended: ${errors.trim() || reason}`));
    };
    relay.once('error', (error) => onEnd(error.message));
    relay.once('exit', (exitCode, signal) => onEnd(String(signal ?? `exit code ${exitCode}`)));
    this.#session = performServerHandshake(Duplex.from({ readable: relay.stdout, writable: relay.stdin }) as never);
    this.#session.on('error', () => undefined);
    this.#session.on('stream', (stream, headers) => this.#onStream(stream, headers[':method'], headers[':path'], headers[':authority']));
  }

  async listen(address: string, port: number, events: ConnectionEvents): Promise<Door> {
    const key = `${address}:${port}`;
    this.#listeners.set(key, events);
    const id = await this.#order({ listen: { address, port } });
    return {
      close: () => {
        this.#listeners.delete(key);
        void this.#order({ close: id }).catch(() => undefined);
      },
    };
  }

  async serveNames(address: string, port: number, answer: (message: Buffer) => Promise<Buffer | undefined>): Promise<Door> {
    this.#answer = answer;
    const id = await this.#order({ names: { address, port } });
    return { close: () => void this.#order({ close: id }).catch(() => undefined) };
  }

  /** The relay's container ends with its input. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#fail(new Error('the lab let go of its network'));
    this.#session.destroy();
    const relay = this.#process;
    relay.stdin?.destroy();
    if (relay.exitCode === null && relay.signalCode === null && relay.pid !== undefined) {
      await new Promise<void>((resolve) => relay.once('exit', () => resolve()));
    }
  }

  /** Resolves with the number of the order when it was carried out. */
  async #order(order: Record<string, unknown>): Promise<number> {
    const control = await this.#control.promise;
    const id = ++this.#last;
    if ('close' in order) {
      control.write(`${JSON.stringify({ id, ...order })}\n`);
      return id;
    }
    const settled = Promise.withResolvers<void>();
    this.#waiting.set(id, settled);
    control.write(`${JSON.stringify({ id, ...order })}\n`);
    await settled.promise;
    return id;
  }

  #onStream(stream: ServerHttp2Stream, method = '', path = '', authority = ''): void {
    stream.on('error', () => undefined);
    if (method === 'CONNECT') {
      const events = this.#listeners.get(authority);
      if (events && !this.#isClosed) {
        stream.respond({ ':status': 200 });
        events.connection(stream);
      } else {
        stream.close(constants.NGHTTP2_CONNECT_ERROR);
      }
    } else if (path === '/names') {
      void this.#reply(stream);
    } else {
      stream.respond({ ':status': 200 });
      createInterface({ input: stream }).on('line', (line) => this.#onSettled(line));
      this.#control.resolve(stream);
    }
  }

  async #reply(stream: ServerHttp2Stream): Promise<void> {
    const answer = await this.#answer?.(await buffer(stream)).catch(() => undefined);
    if (!stream.destroyed) {
      stream.respond({ ':status': 200 });
      stream.end(answer);
    }
  }

  #onSettled(line: string): void {
    const { id, error } = settledSchema.parse(JSON.parse(line));
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) {
      waiting?.resolve();
    } else {
      waiting?.reject(new Error(error));
    }
  }

  #fail(error: Error): void {
    this.#control.reject(error);
    for (const waiting of this.#waiting.values()) {
      waiting.reject(error);
    }
    this.#waiting.clear();
    if (!this.#isClosed) {
      this.#listeners.forEach((events) => events.error(error));
    }
  }
}
