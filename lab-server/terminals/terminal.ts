// One pty in a workspace. It lives in the pty host process, so it outlives the server that talks to it.

export interface TerminalSize {
  /** 2 to 500. */
  cols: number;
  /** 1 to 300. */
  rows: number;
}

/** Count of output bytes since the terminal opened. The first byte has sequence 0. */
export type Sequence = number;

export interface TerminalChunk {
  /** Sequence of the first byte of `data`. A gap to the previous chunk means that older output fell out of the replay buffer. */
  sequence: Sequence;
  data: Uint8Array;
}

export interface ExitStatus {
  exitCode: number;
  /** Signal number, where one ended the process. */
  signal?: number;
  /** The process that keeps terminals died, and the shell with it; `exitCode` is -1 then. */
  lost?: boolean;
}

/** A reader's hold on a terminal's output. Reading is acknowledged: a reader that stops acknowledging pauses the pty. */
export interface TerminalAttachment extends AsyncIterable<TerminalChunk>, Disposable {
  /** Says that every byte below `sequence` was handled. */
  acknowledge(sequence: Sequence): void;
}

export interface Terminal {
  readonly id: string;
  readonly size: TerminalSize;
  write(data: Uint8Array): void;
  resize(size: TerminalSize): void;
  /** Replays what is kept from `since` on, then goes on live. Bounded; acknowledged. */
  attach(since: Sequence): TerminalAttachment;
  readonly exited: Promise<ExitStatus>;
  /** Output below this was handed to a reader before: whoever attaches sees it again, and must not answer what it asks. */
  readonly readUpTo: Sequence;
  /** Whether it has ended; its last output can still be read for a while. */
  readonly hasExited: boolean;
  /** Calls `listener` after each change of size, whoever made it. */
  onResized(listener: (size: TerminalSize) => void): Disposable;
  /** Calls `listener` when input was dropped because the program in the terminal does not read it. */
  onInputRefused(listener: () => void): Disposable;
  close(): void;
}
