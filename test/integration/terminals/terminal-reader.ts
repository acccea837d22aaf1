// Reads a terminal as a browser does: everything, acknowledged, until something is seen.
import type { Terminal, TerminalAttachment } from '../../../lab-server/terminals/index.ts';

export class TerminalReader implements Disposable {
  readonly terminal: Terminal;
  text = '';
  readonly #attachment: TerminalAttachment;
  readonly #ended: Promise<void>;
  #wake: (() => void) | undefined;
  #isEnded = false;

  constructor(terminal: Terminal, since = 0) {
    this.terminal = terminal;
    this.#attachment = terminal.attach(since);
    this.#ended = this.#read();
  }

  type(text: string): void {
    this.terminal.write(Buffer.from(text));
  }

  /** Everything that was read, once `text` is in it. */
  async until(text: string): Promise<string> {
    await this.#while(() => !this.text.includes(text), JSON.stringify(text));
    return this.text;
  }

  /** The first group of `pattern` in the output, once it is there. */
  async match(pattern: RegExp): Promise<string> {
    await this.#while(() => !pattern.test(this.text), String(pattern));
    return pattern.exec(this.text)?.[1] ?? '';
  }

  /** Resolves when the terminal has ended and everything was read. */
  async end(): Promise<void> {
    await this.#ended;
  }

  [Symbol.dispose](): void {
    this.#attachment[Symbol.dispose]();
  }

  async #while(isMissing: () => boolean, what: string): Promise<void> {
    while (isMissing()) {
      if (this.#isEnded) {
        throw new Error(`the terminal ended without ${what}:\n${this.text}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#attachment) {
      this.text += decoder.decode(chunk.data, { stream: true });
      this.#attachment.acknowledge(chunk.sequence + chunk.data.length);
      this.#wake?.();
    }
    this.#isEnded = true;
    this.#wake?.();
  }
}
