// Starts the binder when sockets are needed and lets it go a few seconds later, so that an idle lab has no process of it.
import { spawn, type ChildProcess } from 'node:child_process';
import { Socket as UdpSocket } from 'node:dgram';
import { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { PublishedAddress } from '../../sandboxes/sandbox.ts';
import { fromBinderSchema, type ToBinder } from './messages.ts';

const BINDER_ENTRY = fileURLToPath(new URL('./binder.mjs', import.meta.url));
/** Addresses often come in bursts (a Deployment's pods, a Service): the next ones then need no new process. */
const KEEP_WARM_MS = 3_000;

type Bound = Server | UdpSocket;

interface Waiting {
  resolve(bound: Bound): void;
  reject(error: Error): void;
}

export class Binder implements AsyncDisposable {
  readonly #enter: readonly string[];
  readonly #waiting = new Map<string, Waiting>();
  #process: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;

  /** `enter` is the command prefix that runs a program in the namespace. */
  constructor(enter: readonly string[]) {
    this.#enter = enter;
  }

  /** A server that listens on an address inside the namespace, without any listener for its connections yet. */
  async bindTcp(address: string, port: number): Promise<Server> {
    const bound = await this.#bind({ address, port, protocol: 'tcp' });
    if (!(bound instanceof Server)) {
      throw new TypeError('the binder sent another kind of socket');
    }
    return bound;
  }

  async bindUdp(address: string, port: number): Promise<UdpSocket> {
    const bound = await this.#bind({ address, port, protocol: 'udp' });
    if (!(bound instanceof UdpSocket)) {
      throw new TypeError('the binder sent another kind of socket');
    }
    return bound;
  }

  #bind(target: PublishedAddress): Promise<Bound> {
    if (this.#waiting.has(keyOf(target))) {
      return Promise.reject(new Error(`${keyOf(target)} is being bound already`));
    }
    const binder = this.#start();
    clearTimeout(this.#idle);
    return new Promise((resolve, reject) => {
      this.#waiting.set(keyOf(target), { resolve, reject });
      binder.send({ bind: [target] } satisfies ToBinder, (error) => (error ? this.#settle(keyOf(target), error) : undefined));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    const binder = this.#process;
    if (binder && binder.exitCode === null && binder.signalCode === null) {
      const exited = new Promise<void>((resolve) => binder.once('exit', () => resolve()));
      binder.kill('SIGKILL');
      await exited;
    }
  }

  #start(): ChildProcess {
    if (this.#process) {
      return this.#process;
    }
    const [file, ...args] = [...this.#enter, process.execPath, BINDER_ENTRY];
    let errors = '';
    const binder = spawn(file, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    this.#process = binder;
    binder.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-2000);
    });
    binder.on('message', (message, handle) => {
      const { bound, error } = fromBinderSchema.parse(message);
      this.#settle(
        keyOf(bound),
        handle instanceof Server || handle instanceof UdpSocket ? handle : new Error(`${keyOf(bound)}: ${error ?? 'no socket came'}`),
      );
    });
    const onEnd = (reason: string): void => {
      // One that was let go while idle has nobody waiting for it: who waits now waits for its successor.
      if (this.#process !== binder) {
        return;
      }
      this.#process = undefined;
      for (const key of this.#waiting.keys()) {
        this.#settle(key, new Error(`the binder ended: ${errors.trim() || reason}`));
      }
    };
    binder.once('error', (error) => onEnd(error.message));
    binder.once('exit', (exitCode, signal) => onEnd(String(signal ?? `exit code ${exitCode}`)));
    return binder;
  }

  #settle(key: string, result: Bound | Error): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (result instanceof Error) {
      waiting?.reject(result);
    } else if (waiting) {
      waiting.resolve(result);
    } else {
      result.close();
    }
    if (this.#waiting.size === 0) {
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => {
        const idle = this.#process;
        // The next request starts another: this one's channel is closed from here on.
        this.#process = undefined;
        idle?.disconnect();
      }, KEEP_WARM_MS);
      this.#idle.unref();
    }
  }
}

function keyOf(target: PublishedAddress): string {
  return `${target.protocol} ${target.address}:${target.port}`;
}
