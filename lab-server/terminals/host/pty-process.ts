// One process on a pseudoterminal. Reads and writes the terminal's file itself: node-pty's stream discards output that is unread
// 200 ms after the process has ended, and spins while a program does not read its input.
import { existsSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ReadStream } from 'node:tty';
import { native } from 'node-pty';
import type { ExitStatus, TerminalSize } from '../terminal.ts';
import { withoutOtherFiles } from './closed-files.ts';
import { hangUpSession, killSession } from './session-processes.ts';

export interface PtyCommand {
  file: string;
  args: readonly string[];
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd: string;
}

export interface PtyEvents {
  output(data: Uint8Array): void;
  /** Comes once, after the last output. */
  exited(status: ExitStatus): void;
}

/** Input that waits for the program to read it; more than this is refused. */
const MAX_PENDING_INPUT = 4 * 1024 * 1024;
/** One turn of the event loop reads up to this much, so that a flood is handled in few large pieces. */
const DRAIN_BYTES = 64 * 1024;
/** A first piece smaller than this is an echo or a prompt: it goes on at once, without a look for more. */
const DRAIN_ABOVE = 1024;
/** What the kernel holds at the end is far less; a process left behind could go on writing for ever. */
const MAX_LAST_OUTPUT = 1024 * 1024;
const RETRY_MIN_MS = 2;
const RETRY_MAX_MS = 64;

const drainBuffer = Buffer.allocUnsafeSlow(DRAIN_BYTES);

export class PtyProcess {
  readonly pid: number;
  readonly #fd: number;
  readonly #stream: ReadStream;
  readonly #events: PtyEvents;
  #input: Buffer[] = [];
  #pendingInput = 0;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MIN_MS;
  #ended = false;

  /** Throws where the pty cannot be made. A command that cannot be executed ends with exit code 1 and its reason as output. */
  constructor(command: PtyCommand, size: TerminalSize, events: PtyEvents) {
    this.#events = events;
    const env = Object.entries(command.env).map(([name, value]) => `${name}=${value}`);
    const { file, args } = withoutOtherFiles(command);
    const forked = native.fork(file, [...args], env, command.cwd, size.cols, size.rows, -1, -1, true, spawnHelper(), (exitCode, signal) =>
      this.#onExit({ exitCode, ...(signal ? { signal } : {}) }),
    );
    this.pid = forked.pid;
    this.#fd = forked.fd;
    this.#stream = new ReadStream(forked.fd);
    this.#stream.on('data', (chunk) => this.#onData(chunk));
    // EIO when the last process on the terminal has gone; the exit itself is reported by the wait on the process.
    this.#stream.on('error', () => undefined);
  }

  get pendingInput(): number {
    return this.#pendingInput;
  }

  /** Whether `data` was taken: false when too much input waits already. */
  write(data: Uint8Array): boolean {
    if (this.#ended) {
      return true;
    }
    if (this.#pendingInput + data.length > MAX_PENDING_INPUT) {
      return false;
    }
    this.#input.push(Buffer.from(data));
    this.#pendingInput += data.length;
    if (!this.#retry) {
      this.#flushInput();
    }
    return true;
  }

  resize(size: TerminalSize): void {
    if (!this.#ended) {
      native.resize(this.#fd, size.cols, size.rows);
    }
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Ends the shell and its jobs as closing a terminal window does. */
  hangUp(): void {
    if (!this.#ended) {
      hangUpSession(this.pid);
      // What they still write must not hold them up.
      this.resume();
    }
  }

  kill(): void {
    if (!this.#ended) {
      killSession(this.pid);
    }
  }

  #onData(first: Buffer): void {
    if (this.#ended) {
      return;
    }
    this.#events.output(first);
    // What the stream has read ahead comes before what the terminal still has.
    if (first.length >= DRAIN_ABOVE && !this.#stream.isPaused() && this.#stream.readableLength === 0) {
      const size = this.#readAvailable();
      if (size > 0) {
        this.#events.output(drainBuffer.subarray(0, size));
      }
    }
  }

  /** Passes on what a paused stream had read already and would lose when it is destroyed: reading by hand emits `data` too. */
  #takeReadAhead(): void {
    this.#stream.pause();
    while (this.#stream.read() !== null) {
      // Passed on by the listener.
    }
  }

  /** Fills the drain buffer with what the terminal has now; returns its size. */
  #readAvailable(): number {
    let size = 0;
    try {
      while (size < DRAIN_BYTES) {
        const read = readSync(this.#fd, drainBuffer, size, DRAIN_BYTES - size, null);
        if (read === 0) {
          break;
        }
        size += read;
      }
    } catch {
      // EAGAIN: nothing more at this moment; EIO: the other side is closed.
    }
    return size;
  }

  #flushInput(): void {
    this.#retry = undefined;
    try {
      for (let next = this.#input[0]; next; next = this.#input[0]) {
        const written = writeSync(this.#fd, next);
        this.#retryMs = RETRY_MIN_MS;
        this.#pendingInput -= written;
        if (written < next.length) {
          this.#input[0] = next.subarray(written);
        } else {
          this.#input.shift();
        }
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        this.#input = [];
        this.#pendingInput = 0;
        return;
      }
      // The kernel's input buffer is full and a tty's file reports no "writable again" to Node: look again a little later.
      this.#retry = setTimeout(() => this.#flushInput(), this.#retryMs);
      this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2);
    }
  }

  #onExit(status: ExitStatus): void {
    this.#takeReadAhead();
    let left = MAX_LAST_OUTPUT;
    for (let size = this.#readAvailable(); size > 0 && left > 0; size = this.#readAvailable()) {
      this.#events.output(drainBuffer.subarray(0, size));
      left -= size;
    }
    this.#ended = true;
    clearTimeout(this.#retry);
    this.#input = [];
    this.#pendingInput = 0;
    this.#stream.destroy();
    this.#events.exited(status);
  }
}

/** Path of the program through which node-pty starts processes on macOS; unused elsewhere. */
function spawnHelper(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('node-pty/package.json'));
  const built = join(folder, 'build/Release/spawn-helper');
  return existsSync(built) ? built : join(folder, `prebuilds/${process.platform}-${process.arch}/spawn-helper`);
}
