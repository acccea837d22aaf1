// Joins a client's keys and window sizes with a terminal that a container's processes use.
import type { Readable } from 'node:stream';
import type { ByteSink } from '../processes/byte-stream.ts';
import type { Machine } from '../processes/machine.ts';
import { pumpInto } from '../processes/node-streams.ts';
import { Terminal, type TerminalSize } from '../terminal/terminal.ts';

export interface TerminalSession {
  terminal: Terminal;
  /** Takes keys and sizes from a client until the result is called. The end of its stdin hangs the terminal up. */
  serve(client: { stdin?: Readable; sizes?: AsyncIterable<TerminalSize> }): () => void;
}

export function connectTerminal(machine: Machine, output: ByteSink): TerminalSession {
  const terminal = new Terminal(output, (group, signal) => {
    for (const process of machine.processes) {
      if (process.processGroup === group) {
        process.deliver(signal);
      }
    }
  });
  return {
    terminal,
    serve(client) {
      const stopping = new AbortController();
      if (client.stdin) {
        const keys: ByteSink = { write: (chunk) => terminal.type(chunk), close: () => terminal.hangUp() };
        void pumpInto(client.stdin, keys, stopping.signal);
      }
      if (client.sizes) {
        void followSizes(terminal, client.sizes, stopping.signal);
      }
      return () => stopping.abort();
    },
  };
}

async function followSizes(terminal: Terminal, sizes: AsyncIterable<TerminalSize>, signal: AbortSignal): Promise<void> {
  const iterator = sizes[Symbol.asyncIterator]();
  const stopped = new Promise<'stopped'>((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
  try {
    while (!signal.aborted) {
      const next = await Promise.race([iterator.next(), stopped]);
      if (next === 'stopped' || next.done) {
        break;
      }
      terminal.resize(next.value);
    }
  } catch {
    // The client's connection broke: its exec ends by its own signal.
  }
  void iterator.return?.();
}
