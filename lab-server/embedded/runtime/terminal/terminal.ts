// A simulated terminal: what the kernel does between a client's keys and a program, in cooked and in raw mode.
import { StringDecoder } from 'node:string_decoder';
import type { ByteSink, ByteSource } from '../processes/byte-stream.ts';
import type { TerminalInfo } from '../processes/open-file.ts';
import { SIGINT, SIGQUIT } from '../processes/signals.ts';

export interface TerminalSize {
  cols: number;
  rows: number;
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_H = '\b';
const CTRL_U = '\u0015';
const CTRL_W = '\u0017';
const CTRL_Z = '\u001a';
const CTRL_BACKSLASH = '\u001c';
const DELETE = '\u007f';

/** A line that is typed in cooked mode, as long as Linux allows it. */
const LONGEST_LINE = 4095;

export class Terminal implements TerminalInfo {
  /** The program's side. */
  readonly source: ByteSource;
  readonly sink: ByteSink;
  /** The process group that control keys reach. */
  foregroundGroup = 0;
  readonly #signal: (group: number, signal: number) => void;
  readonly #output: ByteSink;
  readonly #decoder = new StringDecoder('utf8');
  readonly #listeners = new Set<() => void>();
  /** What can be read; `undefined` is an end of file that was typed. */
  readonly #readable: (Uint8Array | undefined)[] = [];
  readonly #readers = new Set<() => void>();
  #line = '';
  #raw = false;
  #hungUp = false;
  #size: TerminalSize = { cols: 80, rows: 24 };

  constructor(output: ByteSink, signal: (group: number, signal: number) => void) {
    this.#output = output;
    this.#signal = signal;
    this.source = { read: (abort) => this.#read(abort), unread: (chunk) => this.#unread(chunk), close: () => undefined };
    this.sink = { write: (chunk) => this.#write(chunk), close: () => undefined };
  }

  size(): TerminalSize {
    return this.#size;
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    for (const listener of this.#listeners) {
      listener();
    }
  }

  onResize(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  setRaw(raw: boolean): void {
    this.#raw = raw;
  }

  /** The client is gone: whoever reads gets the end. */
  hangUp(): void {
    this.#hungUp = true;
    this.#wake();
  }

  /** Keys from the client. */
  async type(chunk: Uint8Array): Promise<void> {
    if (this.#raw) {
      this.#push(chunk);
      return;
    }
    for (const character of this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
      // A key may make the program change to raw mode before the next one arrives.
      await (this.#raw ? Promise.resolve(this.#push(Buffer.from(character))) : this.#cook(character));
    }
  }

  async #cook(character: string): Promise<void> {
    switch (character) {
      case CTRL_C:
      case CTRL_BACKSLASH:
        this.#line = '';
        await this.#echo(character === CTRL_C ? '^C' : '^\\');
        this.#signal(this.foregroundGroup, character === CTRL_C ? SIGINT : SIGQUIT);
        return;
      case CTRL_Z:
        return;
      case CTRL_D:
        this.#push(this.#line === '' ? undefined : Buffer.from(this.#line));
        this.#line = '';
        return;
      case DELETE:
      case CTRL_H:
        if (this.#line !== '') {
          this.#line = Array.from(this.#line).slice(0, -1).join('');
          await this.#echo('\b \b');
        }
        return;
      case CTRL_U:
        await this.#erase(Array.from(this.#line).length);
        return;
      case CTRL_W:
        await this.#erase(Array.from(/\S*\s*$/.exec(this.#line)?.[0] ?? '').length);
        return;
      case '\r':
      case '\n':
        await this.#echo('\r\n');
        this.#push(Buffer.from(`${this.#line}\n`));
        this.#line = '';
        return;
      default:
        if (this.#line.length < LONGEST_LINE) {
          this.#line += character;
          await this.#echo(character < ' ' && character !== '\t' ? `^${String.fromCharCode(character.charCodeAt(0) + 64)}` : character);
        }
    }
  }

  async #erase(count: number): Promise<void> {
    this.#line = Array.from(this.#line)
      .slice(0, Array.from(this.#line).length - count)
      .join('');
    await this.#echo('\b \b'.repeat(count));
  }

  #echo(text: string): Promise<void> {
    return this.#output.write(Buffer.from(text));
  }

  /** Newlines become carriage return and newline; a raw program writes its own. */
  async #write(chunk: Uint8Array): Promise<void> {
    if (this.#hungUp) {
      return;
    }
    if (!chunk.includes(10)) {
      await this.#output.write(chunk);
      return;
    }
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    await this.#output.write(Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1'));
  }

  async #read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    while (this.#readable.length === 0) {
      signal?.throwIfAborted();
      if (this.#hungUp) {
        return undefined;
      }
      await this.#more(signal);
    }
    return this.#readable.shift();
  }

  #unread(chunk: Uint8Array): void {
    if (chunk.byteLength > 0) {
      this.#readable.unshift(chunk);
      this.#wake();
    }
  }

  #push(chunk: Uint8Array | undefined): void {
    this.#readable.push(chunk);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#readers) {
      wake();
    }
  }

  #more(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        this.#readers.delete(finish);
        signal?.removeEventListener('abort', abandon);
        resolve();
      };
      const abandon = (): void => {
        this.#readers.delete(finish);
        reject(signal?.reason as Error);
      };
      this.#readers.add(finish);
      signal?.addEventListener('abort', abandon, { once: true });
    });
  }
}
