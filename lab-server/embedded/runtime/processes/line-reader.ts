// Reads text line by line from a byte source, giving back what lies beyond the line, as `read` in a shell must.
import type { ByteSource } from './byte-stream.ts';

const NEWLINE = 10;

/** The next line without its newline; `ended` when the source ended before one. Undefined when there is nothing left. */
export async function readLine(
  source: ByteSource,
  signal: AbortSignal,
  options: { delimiter?: number; limit?: number } = {},
): Promise<{ text: string; ended: boolean } | undefined> {
  const delimiter = options.delimiter ?? NEWLINE;
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = await source.read(signal);
    if (!chunk) {
      return size === 0 ? undefined : { text: decode(parts), ended: true };
    }
    const at = chunk.indexOf(delimiter);
    if (at >= 0) {
      parts.push(chunk.subarray(0, at));
      source.unread(chunk.subarray(at + 1));
      return { text: decode(parts), ended: false };
    }
    parts.push(chunk);
    size += chunk.byteLength;
    if (options.limit !== undefined && size >= options.limit) {
      return { text: decode(parts), ended: false };
    }
  }
}

function decode(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString('utf8');
}
