// A line editor on a process's terminal, for programs that talk with whoever types.
import type { Process } from '../processes/process.ts';
import { LineEditor } from '../terminal/line-editor.ts';

/** `history` grows with what is typed. */
export function linePrompt(process: Process, history: string[]): LineEditor {
  const file = process.descriptors.get(0);
  return new LineEditor({
    read: async () => file?.source.read(process.signal),
    unread: (chunk) => file?.source.unread(chunk),
    write: (text) => process.print(text),
    size: () => file?.terminal?.size() ?? { cols: 80, rows: 24 },
    history,
    complete: async () => ({ word: '', candidates: [] }),
  });
}
