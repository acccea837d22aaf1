// What a container printed, line by line with the time, in bounded memory; readers may follow it.
import { StringDecoder } from 'node:string_decoder';
import type { ByteSink } from '../processes/byte-stream.ts';
import type { ContainerLog, LogLine } from '../runtime.ts';

/** Text kept per container; older lines fall out. */
const DEFAULT_CAPACITY = 256 * 1024;
/** A line longer than this is cut into several, as containerd does it. */
const LONGEST_LINE = 16 * 1024;
/** What a line costs besides its text. */
const LINE_OVERHEAD = 48;

export class BoundedLog implements ContainerLog {
  readonly #now: () => number;
  readonly #capacity: number;
  #lines: LogLine[] = [];
  /** Number of the first line that is still kept, counted from the container's start. */
  #firstNumber = 0;
  #size = 0;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  constructor(now: () => number, capacity = DEFAULT_CAPACITY) {
    this.#now = now;
    this.#capacity = capacity;
  }

  lines(): readonly LogLine[] {
    return [...this.#lines];
  }

  /** Lines of before, the oldest first. */
  restore(lines: readonly LogLine[]): void {
    this.#lines = [...lines, ...this.#lines];
    this.#size += lines.reduce((size, { text }) => size + text.length + LINE_OVERHEAD, 0);
  }

  /** A follower that is slower than the container misses the lines that fell out meanwhile. */
  follow(signal: AbortSignal): AsyncIterable<LogLine> {
    let next = this.#firstNumber + this.#lines.length;
    const follow = async function* (this: BoundedLog): AsyncGenerator<LogLine, void, undefined> {
      while (!signal.aborted) {
        next = Math.max(next, this.#firstNumber);
        const line = this.#lines[next - this.#firstNumber];
        if (line) {
          next += 1;
          yield line;
        } else if (this.#ended) {
          return;
        } else {
          await this.#change(signal);
        }
      }
    };
    return follow.call(this);
  }

  append(stream: LogLine['stream'], text: string): void {
    this.#lines.push({ at: this.#now(), stream, text });
    this.#size += text.length + LINE_OVERHEAD;
    let dropped = 0;
    while (this.#size > this.#capacity && dropped < this.#lines.length - 1) {
      this.#size -= (this.#lines[dropped]?.text.length ?? 0) + LINE_OVERHEAD;
      dropped += 1;
    }
    if (dropped > 0) {
      this.#lines = this.#lines.slice(dropped);
      this.#firstNumber += dropped;
    }
    this.#wake();
  }

  /** A sink whose bytes become lines of this log. Closing it keeps a last line without a newline. */
  sink(stream: LogLine['stream']): ByteSink {
    const decoder = new StringDecoder('utf8');
    let partial = '';
    return {
      write: async (chunk) => {
        const lines = (partial + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))).split('\n');
        partial = lines.pop() ?? '';
        for (const line of lines) {
          this.append(stream, line);
        }
        while (partial.length > LONGEST_LINE) {
          this.append(stream, partial.slice(0, LONGEST_LINE));
          partial = partial.slice(LONGEST_LINE);
        }
      },
      close: () => {
        if (partial !== '') {
          this.append(stream, partial);
          partial = '';
        }
      },
    };
  }

  /** No line comes any more: followers end. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) {
      wake();
    }
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
