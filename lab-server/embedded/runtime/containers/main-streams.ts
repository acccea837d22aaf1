// The standard streams of a container's main process: into its log, to whoever attaches, and stdin from them.
import type { Readable, Writable } from 'node:stream';
import { Pipe, type ByteSink } from '../processes/byte-stream.ts';
import { pumpInto } from '../processes/node-streams.ts';
import type { BoundedLog } from './container-log.ts';

/** Bytes that may wait for someone attached who does not read; beyond it that one is let go, so the container never stalls. */
const ATTACHED_CAPACITY = 4 * 1024 * 1024;

interface Attached {
  stdout: Writable;
  stderr: Writable;
  drop(): void;
}

export class MainStreams {
  readonly #attached = new Set<Attached>();
  readonly stdin: Pipe | undefined;
  readonly stdout: ByteSink;
  readonly stderr: ByteSink;
  #ended = false;

  constructor(log: BoundedLog, options: { stdin: boolean }) {
    this.stdin = options.stdin ? new Pipe() : undefined;
    this.stdout = this.#sink(log.sink('stdout'), 'stdout');
    this.stderr = this.#sink(log.sink('stderr'), 'stderr');
  }

  /** Resolves when the container ended or `signal` aborted. The end of a given stdin is the end of the container's. */
  attach(options: { stdin?: Readable; stdout: Writable; stderr: Writable; signal: AbortSignal }): Promise<void> {
    if (this.#ended || options.signal.aborted) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const pumping = new AbortController();
      const drop = (): void => {
        this.#attached.delete(attached);
        options.signal.removeEventListener('abort', drop);
        pumping.abort();
        resolve();
      };
      const attached: Attached = { stdout: options.stdout, stderr: options.stderr, drop };
      this.#attached.add(attached);
      options.signal.addEventListener('abort', drop, { once: true });
      if (options.stdin && this.stdin) {
        void pumpInto(options.stdin, this.stdin.writer, pumping.signal);
      }
    });
  }

  end(): void {
    this.#ended = true;
    this.stdout.close();
    this.stderr.close();
    for (const attached of this.#attached) {
      attached.drop();
    }
  }

  #sink(log: ByteSink, stream: 'stdout' | 'stderr'): ByteSink {
    return {
      write: async (chunk) => {
        await log.write(chunk);
        for (const attached of this.#attached) {
          const writable = attached[stream];
          if (writable.destroyed || writable.writableLength > ATTACHED_CAPACITY) {
            attached.drop();
          } else {
            writable.write(chunk);
          }
        }
      },
      close: () => log.close(),
    };
  }
}
