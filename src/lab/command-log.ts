// The commands of a terminal as a list: what was typed, what came out, how it ended. The shell marks where each begins (OSC 133, the marks
// that FinalTerm brought and most terminals know); what lies between the marks is read from the screen's own lines.
import type { IMarker, Terminal } from '@xterm/xterm';

export interface LoggedCommand {
  command: string;
  /** The last lines of what it printed. */
  output: string;
  /** How many lines before those are left out. */
  omitted: number;
  /** Undefined while it runs. */
  status: number | undefined;
}

const SHELL_MARKS = 133;
const MAX_COMMANDS = 100;
const MAX_LINES = 200;

export class CommandLog {
  readonly commands: LoggedCommand[] = [];
  readonly #terminal: Terminal;
  readonly #changed: (command: LoggedCommand) => void;
  /** Where the prompt ends and typing begins. */
  #typed: { marker: IMarker; column: number } | undefined;
  #running: { entry: LoggedCommand; marker: IMarker } | undefined;

  /** `changed` is called when a command begins and when it has ended. */
  constructor(terminal: Terminal, changed: (command: LoggedCommand) => void) {
    this.#terminal = terminal;
    this.#changed = changed;
    terminal.parser.registerOscHandler(SHELL_MARKS, (data) => {
      this.#mark(data);
      return true;
    });
  }

  #mark(data: string): void {
    switch (data[0]) {
      case 'B':
        this.#typed?.marker.dispose();
        this.#typed = { marker: this.#terminal.registerMarker(0), column: this.#terminal.buffer.active.cursorX };
        break;
      case 'C':
        this.#begin();
        break;
      case 'D':
        this.#end(/^D;(\d+)/.exec(data)?.[1]);
        break;
      default:
        break;
    }
  }

  #begin(): void {
    const typed = this.#typed;
    this.#typed = undefined;
    if (!typed) {
      return;
    }
    const marker = this.#terminal.registerMarker(0);
    const command = this.#lines(typed.marker, marker, typed.column, Infinity).lines.join('\n').trim();
    typed.marker.dispose();
    if (command === '') {
      marker.dispose();
      return;
    }
    const entry: LoggedCommand = { command, output: '', omitted: 0, status: undefined };
    this.#running = { entry, marker };
    this.commands.push(entry);
    if (this.commands.length > MAX_COMMANDS) {
      this.commands.shift();
    }
    this.#changed(entry);
  }

  #end(status: string | undefined): void {
    const running = this.#running;
    this.#running = undefined;
    if (!running) {
      return;
    }
    const end = this.#terminal.registerMarker(0);
    const { lines, omitted } = this.#lines(running.marker, end, 0, MAX_LINES);
    running.entry.output = lines.join('\n').trimEnd();
    running.entry.omitted = omitted;
    running.entry.status = Number(status ?? 0);
    running.marker.dispose();
    end.dispose();
    this.#changed(running.entry);
  }

  /** The text from one mark to another; the first line from `column` on. Lines that only the width of the screen broke are one. */
  #lines(from: IMarker, to: IMarker, column: number, limit: number): { lines: string[]; omitted: number } {
    const { active } = this.#terminal.buffer;
    // A mark whose line was cleared away or fell out of the scrollback stands at -1.
    if (from.line < 0 && to.line < 0) {
      return { lines: [], omitted: 0 };
    }
    const lines: string[] = [];
    for (let index = Math.max(0, from.line); index < to.line; index += 1) {
      const line = active.getLine(index);
      const text = line?.translateToString(true, index === from.line ? column : 0) ?? '';
      if (line?.isWrapped && lines.length > 0) {
        lines[lines.length - 1] += text;
      } else {
        lines.push(text);
      }
    }
    const omitted = Math.max(0, lines.length - limit);
    return { lines: lines.slice(omitted), omitted };
  }
}
