// Edits one line in a raw terminal, as readline and busybox do: cursor keys, history, killing, completion.
import { KeyReader, type Key } from './keys.ts';
import type { TerminalSize } from './terminal.ts';

export interface LineEditorOptions {
  read(): Promise<Uint8Array | undefined>;
  unread(chunk: Uint8Array): void;
  write(text: string): Promise<void>;
  size(): TerminalSize;
  history: readonly string[];
  /** What could stand in place of the last word of `line`; all of them begin with `word`. */
  complete(line: string): Promise<{ word: string; candidates: readonly string[] }>;
}

export type EditedLine = { kind: 'line'; text: string } | { kind: 'interrupted' } | { kind: 'end' };

/** Candidates that are listed at once. */
const MAX_LISTED = 200;

export class LineEditor {
  readonly #options: LineEditorOptions;
  #prompt = '';
  #text = '';
  #cursor = 0;
  /** Row of the cursor, counted from the prompt's first row. */
  #row = 0;
  #killed = '';
  #historyAt = 0;
  /** What was typed before going through the history. */
  #draft = '';
  #listedFor: string | undefined;

  constructor(options: LineEditorOptions) {
    this.#options = options;
  }

  async edit(prompt: string): Promise<EditedLine> {
    this.#prompt = prompt;
    this.#text = '';
    this.#cursor = 0;
    this.#row = 0;
    this.#historyAt = this.#options.history.length;
    this.#draft = '';
    await this.#options.write(prompt);
    const keys = new KeyReader();
    for (;;) {
      const chunk = await this.#options.read();
      if (!chunk) {
        return { kind: 'end' };
      }
      // One byte at a time would lose speed for pastes; what follows a finished line is given back for the next reader.
      const newline = chunk.findIndex((byte) => byte === 13 || byte === 10);
      const now = newline < 0 ? chunk : chunk.subarray(0, newline + 1);
      if (now.byteLength < chunk.byteLength) {
        this.#options.unread(chunk.subarray(newline + 1));
      }
      for (const key of keys.read(now)) {
        const result = await this.#press(key);
        if (result) {
          return result;
        }
      }
    }
  }

  async #press(key: Key): Promise<EditedLine | undefined> {
    if (key.kind === 'text') {
      await this.#insert(key.text);
      return undefined;
    }
    if (key.kind === 'named') {
      await this.#named(key.name);
      return undefined;
    }
    switch (key.letter) {
      case 'M':
      case 'J':
        await this.#moveTo(this.#text.length);
        await this.#options.write('\r\n');
        return { kind: 'line', text: this.#text };
      case 'C':
        await this.#moveTo(this.#text.length);
        await this.#options.write('^C\r\n');
        return { kind: 'interrupted' };
      case 'D':
        if (this.#text === '') {
          return { kind: 'end' };
        }
        await this.#named('delete');
        return undefined;
      case 'I':
        await this.#complete();
        return undefined;
      case 'H':
        await this.#named('backspace');
        return undefined;
      case 'A':
        await this.#moveTo(0);
        return undefined;
      case 'E':
        await this.#moveTo(this.#text.length);
        return undefined;
      case 'B':
        await this.#named('left');
        return undefined;
      case 'F':
        await this.#named('right');
        return undefined;
      case 'P':
        await this.#named('up');
        return undefined;
      case 'N':
        await this.#named('down');
        return undefined;
      case 'K':
        await this.#kill(this.#cursor, this.#text.length);
        return undefined;
      case 'U':
        await this.#kill(0, this.#cursor);
        return undefined;
      case 'W':
        await this.#kill(this.#cursor - (/\S+\s*$/.exec(this.#text.slice(0, this.#cursor))?.[0].length ?? 0), this.#cursor);
        return undefined;
      case 'Y':
        await this.#insert(this.#killed);
        return undefined;
      case 'L':
        await this.#options.write('\u001b[H\u001b[2J');
        this.#row = 0;
        await this.#draw();
        return undefined;
      default:
        return undefined;
    }
  }

  async #named(name: string): Promise<void> {
    const before = this.#text.slice(0, this.#cursor);
    const after = this.#text.slice(this.#cursor);
    switch (name) {
      case 'left':
        return this.#moveTo(this.#cursor - lastLength(before));
      case 'right':
        return this.#moveTo(this.#cursor + firstLength(after));
      case 'home':
        return this.#moveTo(0);
      case 'end':
        return this.#moveTo(this.#text.length);
      case 'word-left':
        return this.#moveTo(this.#cursor - (/\w+\W*$/.exec(before)?.[0].length ?? before.length));
      case 'word-right':
        return this.#moveTo(this.#cursor + (/^\W*\w+/.exec(after)?.[0].length ?? after.length));
      case 'backspace':
        return this.#replace(before.slice(0, before.length - lastLength(before)), after);
      case 'delete':
        return this.#replace(before, after.slice(firstLength(after)));
      case 'delete-word-left':
        return this.#kill(this.#cursor - (/\w+\W*$/.exec(before)?.[0].length ?? before.length), this.#cursor);
      case 'delete-word-right':
        return this.#kill(this.#cursor, this.#cursor + (/^\W*\w+/.exec(after)?.[0].length ?? after.length));
      case 'up':
        return this.#recall(this.#historyAt - 1);
      case 'down':
        return this.#recall(this.#historyAt + 1);
      default:
        return undefined;
    }
  }

  async #recall(index: number): Promise<void> {
    const { history } = this.#options;
    if (index < 0 || index > history.length) {
      return;
    }
    if (this.#historyAt === history.length) {
      this.#draft = this.#text;
    }
    this.#historyAt = index;
    await this.#replace(history[index] ?? this.#draft, '');
  }

  async #insert(text: string): Promise<void> {
    this.#listedFor = undefined;
    const atEnd = this.#cursor === this.#text.length;
    this.#text = this.#text.slice(0, this.#cursor) + text + this.#text.slice(this.#cursor);
    this.#cursor += text.length;
    const { cols } = this.#options.size();
    const column = (this.#promptWidth() + width(this.#text)) % cols;
    // The common case costs one write of one character: typing at the end, away from the right edge.
    if (atEnd && column > width(text)) {
      await this.#options.write(text);
      return;
    }
    await this.#draw();
  }

  async #kill(from: number, to: number): Promise<void> {
    this.#killed = this.#text.slice(from, to);
    await this.#replace(this.#text.slice(0, from), this.#text.slice(to));
  }

  async #replace(before: string, after: string): Promise<void> {
    this.#text = before + after;
    this.#cursor = before.length;
    await this.#draw();
  }

  async #moveTo(cursor: number): Promise<void> {
    const wanted = Math.max(0, Math.min(this.#text.length, cursor));
    if (wanted !== this.#cursor) {
      this.#cursor = wanted;
      await this.#draw();
    }
  }

  /** Draws prompt and text again and puts the cursor where it belongs. */
  async #draw(): Promise<void> {
    const { cols } = this.#options.size();
    const end = this.#promptWidth() + width(this.#text);
    const at = this.#promptWidth() + width(this.#text.slice(0, this.#cursor));
    const endRow = Math.floor(end / cols);
    const row = Math.floor(at / cols);
    const up = this.#row > 0 ? `\u001b[${this.#row}A` : '';
    // At the right edge a terminal waits with the line break until something follows.
    const wrap = end > 0 && end % cols === 0 ? '\r\n' : '';
    const back = `${endRow > row ? `\u001b[${endRow - row}A` : ''}\r${at % cols > 0 ? `\u001b[${at % cols}C` : ''}`;
    this.#row = row;
    await this.#options.write(`${up}\r${this.#prompt}${this.#text}${wrap}\u001b[J${back}`);
  }

  #promptWidth(): number {
    return width(this.#prompt.slice(this.#prompt.lastIndexOf('\n') + 1));
  }

  async #complete(): Promise<void> {
    const line = this.#text.slice(0, this.#cursor);
    const { word, candidates } = await this.#options.complete(line);
    const [first] = candidates;
    if (first === undefined) {
      await this.#options.write('\u0007');
      return;
    }
    const common = candidates.reduce((prefix, candidate) => commonPrefix(prefix, candidate), first);
    if (common.length > word.length || candidates.length === 1) {
      const suffix = candidates.length === 1 && !common.endsWith('/') ? ' ' : '';
      await this.#insert(common.slice(word.length) + suffix);
      return;
    }
    if (this.#listedFor !== this.#text) {
      this.#listedFor = this.#text;
      await this.#options.write('\u0007');
      return;
    }
    await this.#list(candidates);
  }

  async #list(candidates: readonly string[]): Promise<void> {
    const { cols } = this.#options.size();
    const names = candidates.slice(0, MAX_LISTED).map((candidate) => /[^/]+\/?$/.exec(candidate)?.[0] ?? candidate);
    const columnWidth = Math.max(...names.map((name) => name.length)) + 2;
    const perRow = Math.max(1, Math.floor(cols / columnWidth));
    let text = '\r\n';
    for (let at = 0; at < names.length; at += perRow) {
      text += `${names
        .slice(at, at + perRow)
        .map((name) => name.padEnd(columnWidth))
        .join('')
        .trimEnd()}\r\n`;
    }
    await this.#options.write(text);
    this.#row = 0;
    await this.#draw();
  }
}

/** Columns of a text on the screen; colours take none. */
function width(text: string): number {
  // oxlint-disable-next-line no-control-regex -- colour sequences begin with the control character ESC
  return Array.from(text.replace(/\u001b\[[0-9;]*m/g, '')).reduce((sum, character) => sum + (isWide(character) ? 2 : 1), 0);
}

/** East Asian wide characters and emoji take two columns. */
function isWide(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff)
  );
}

function lastLength(text: string): number {
  return Array.from(text).at(-1)?.length ?? 0;
}

function firstLength(text: string): number {
  return Array.from(text)[0]?.length ?? 0;
}

function commonPrefix(left: string, right: string): string {
  let length = 0;
  while (length < left.length && left[length] === right[length]) {
    length += 1;
  }
  return left.slice(0, length);
}
