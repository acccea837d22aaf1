// A terminal of the pty host as the lab server sees it.
import { encodeAcknowledge, encodeInput, type TerminalDescription, type ToHost } from './host/wire.ts';
import type { ExitStatus, Sequence, Terminal, TerminalAttachment, TerminalChunk, TerminalSize } from './terminal.ts';

/** What a remote terminal uses of the connection to its host. */
export interface HostLink {
  send(message: ToHost): void;
  write(pieces: readonly Buffer[]): void;
  addReader(owner: RemoteTerminal): number;
  removeReader(reader: number): void;
}

export class RemoteTerminal implements Terminal {
  readonly id: string;
  readonly group: string;
  readonly exited: Promise<ExitStatus>;
  readonly #number: number;
  readonly #link: HostLink;
  readonly #attachments = new Map<number, Attachment>();
  readonly #resolveExited: (status: ExitStatus) => void;
  readonly #resizeListeners = new Set<(size: TerminalSize) => void>();
  readonly #refusalListeners = new Set<() => void>();
  #size: TerminalSize;
  #end: Sequence | undefined;
  #readUpTo: Sequence;
  #isLost = false;

  constructor(description: TerminalDescription, link: HostLink) {
    this.id = description.id;
    this.group = description.group;
    this.#number = description.number;
    this.#link = link;
    this.#size = { cols: description.cols, rows: description.rows };
    this.#readUpTo = description.end;
    const { promise, resolve } = Promise.withResolvers<ExitStatus>();
    this.exited = promise;
    this.#resolveExited = resolve;
    if (description.exit) {
      this.handleExit(description.exit, description.end);
    }
  }

  get size(): TerminalSize {
    return this.#size;
  }

  get readUpTo(): Sequence {
    return this.#readUpTo;
  }

  get hasExited(): boolean {
    return this.#end !== undefined || this.#isLost;
  }

  write(data: Uint8Array): void {
    if (!this.hasExited) {
      this.#link.write(encodeInput(this.#number, data));
    }
  }

  resize(size: TerminalSize): void {
    if (!this.hasExited && (size.cols !== this.#size.cols || size.rows !== this.#size.rows)) {
      this.#size = size;
      this.#link.send({ type: 'resize', terminal: this.#number, cols: size.cols, rows: size.rows });
    }
  }

  attach(since: Sequence): TerminalAttachment {
    const reader = this.#link.addReader(this);
    const attachment = new Attachment({
      acknowledge: (sequence) => this.#link.write([encodeAcknowledge(reader, sequence)]),
      detach: () => {
        this.#attachments.delete(reader);
        this.#link.removeReader(reader);
        if (!this.#isLost) {
          this.#link.send({ type: 'detach', reader });
        }
      },
    });
    if (this.#isLost) {
      attachment.finish();
      return attachment;
    }
    this.#attachments.set(reader, attachment);
    this.#link.send({ type: 'attach', reader, terminal: this.#number, since });
    if (this.#end !== undefined) {
      attachment.finishAt(this.#end, since);
    }
    return attachment;
  }

  close(): void {
    if (!this.hasExited) {
      this.#link.send({ type: 'hangUp', terminal: this.#number });
    }
  }

  onResized(listener: (size: TerminalSize) => void): Disposable {
    this.#resizeListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#resizeListeners.delete(listener) };
  }

  onInputRefused(listener: () => void): Disposable {
    this.#refusalListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#refusalListeners.delete(listener) };
  }

  /** Called by the connection. */
  handleOutput(reader: number, sequence: Sequence, data: Buffer): void {
    this.#readUpTo = Math.max(this.#readUpTo, sequence + data.length);
    this.#attachments.get(reader)?.push({ sequence, data });
  }

  /** Called by the connection. `end` is the count of all output bytes. */
  handleExit(status: ExitStatus, end: Sequence): void {
    this.#end = end;
    for (const attachment of this.#attachments.values()) {
      attachment.finishAt(end);
    }
    this.#resolveExited(status);
  }

  /** Called by the connection when the host has died. */
  handleHostLost(): void {
    if (this.#end === undefined) {
      this.#resolveExited({ exitCode: -1, lost: true });
    }
    this.#isLost = true;
    for (const attachment of this.#attachments.values()) {
      attachment.finish();
    }
  }

  /** Called by the connection. */
  handleResize(size: TerminalSize): void {
    this.#size = size;
    for (const listener of this.#resizeListeners) {
      listener(size);
    }
  }

  /** Called by the connection. */
  handleInputRefused(): void {
    for (const listener of this.#refusalListeners) {
      listener();
    }
  }
}

interface AttachmentLink {
  acknowledge(sequence: Sequence): void;
  detach(): void;
}

/** The host never has more than the watermark of unacknowledged bytes under way, so the queue here is bounded by that. */
class Attachment implements TerminalAttachment {
  readonly #link: AttachmentLink;
  #chunks: TerminalChunk[] = [];
  #wake: (() => void) | undefined;
  #received: Sequence = 0;
  #end: Sequence | undefined;
  #finished = false;
  #detached = false;

  constructor(link: AttachmentLink) {
    this.#link = link;
  }

  push(chunk: TerminalChunk): void {
    if (this.#detached) {
      return;
    }
    this.#chunks.push(chunk);
    this.#received = chunk.sequence + chunk.data.length;
    if (this.#end !== undefined && this.#received >= this.#end) {
      this.#finished = true;
    }
    this.#wake?.();
  }

  /** No output comes after `end`: the iteration ends when everything up to there was delivered. */
  finishAt(end: Sequence, since = this.#received): void {
    this.#end = end;
    if (since >= end) {
      this.finish();
    }
  }

  finish(): void {
    this.#finished = true;
    this.#wake?.();
  }

  acknowledge(sequence: Sequence): void {
    if (!this.#detached) {
      this.#link.acknowledge(sequence);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#detached) {
      this.#detached = true;
      this.#chunks = [];
      this.#link.detach();
      this.finish();
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TerminalChunk, void, undefined> {
    for (;;) {
      const chunks = this.#chunks;
      this.#chunks = [];
      yield* chunks;
      if (this.#chunks.length > 0) {
        continue;
      }
      if (this.#finished) {
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
