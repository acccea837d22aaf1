// The streams of an exec or attach, whatever protocol carries them.
import { type Readable, Writable } from 'node:stream';
import type { StreamStatus } from './remote-status.ts';

/** Terminal sizes that nobody has taken yet; a fast drag makes many. */
export const WAITING_SIZES = 256;

const UNKNOWN_SIZE = { cols: 80, rows: 24 };

export interface TerminalSize {
  cols: number;
  rows: number;
}

/** Which streams the client asked for. */
export interface StreamOptions {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

export interface RemoteStreams {
  /** Present when the client asked for it; ends when the client closes it. */
  stdin: Readable | undefined;
  stdout: Writable;
  stderr: Writable;
  sizes: AsyncIterable<TerminalSize>;
  /** Aborts when the client goes away. */
  gone: AbortSignal;
  /** Sends the outcome and closes. */
  finish: (status: StreamStatus) => Promise<void>;
}

/** Reads stdin, stdout, stderr and tty; with a terminal there is no stderr. */
export function streamOptionsOf(query: URLSearchParams): StreamOptions {
  const isSet = (name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');
  const tty = isSet('tty');
  return { stdin: isSet('stdin'), stdout: isSet('stdout'), stderr: isSet('stderr') && !tty, tty };
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

/** A terminal size as kubectl sends it; undefined for anything else. */
export function parseSize(text: string): TerminalSize | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'Width' in value && 'Height' in value) {
      const { Width: cols, Height: rows } = value;
      if (!isSize(cols) || !isSize(rows)) {
        return undefined;
      }
      // Zero is a terminal that does not know its size.
      return { cols: cols || UNKNOWN_SIZE.cols, rows: rows || UNKNOWN_SIZE.rows };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
  return undefined;
}

/** Output that the client did not ask for. */
export function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
