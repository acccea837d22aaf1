// Joins Node's streams (what clients of the runtime hold) with byte sources and sinks (what processes hold).
import type { Readable, Writable } from 'node:stream';
import type { ByteSink } from './byte-stream.ts';

/** Copies a readable into a sink until it ends, the sink breaks or `signal` aborts; then closes the sink unless aborted. */
export async function pumpInto(readable: Readable, sink: ByteSink, signal: AbortSignal): Promise<void> {
  const iterator = readable.iterator({ destroyOnReturn: false });
  const aborted = new Promise<'aborted'>((resolve) => signal.addEventListener('abort', () => resolve('aborted'), { once: true }));
  try {
    while (!signal.aborted) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next === 'aborted' || next.done) {
        break;
      }
      await sink.write(toBytes(next.value));
    }
  } catch {
    // A broken client or a process that closed its stdin: either way there is nothing left to copy.
  }
  if (!signal.aborted) {
    sink.close();
  }
}

/** A sink that writes into a writable, waiting while it is full. Closing it leaves the writable open: its owner ends it. */
export function sinkInto(writable: Writable): ByteSink {
  return {
    write: async (chunk) => {
      if (writable.destroyed || writable.writableEnded) {
        return;
      }
      if (!writable.write(chunk)) {
        await drained(writable);
      }
    },
    close: () => undefined,
  };
}

function drained(writable: Writable): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      writable.off('drain', finish);
      writable.off('close', finish);
      writable.off('error', finish);
      resolve();
    };
    writable.on('drain', finish);
    writable.on('close', finish);
    writable.on('error', finish);
  });
}

function toBytes(value: unknown): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array);
}
