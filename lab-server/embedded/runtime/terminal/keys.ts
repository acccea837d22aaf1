// Splits what a terminal sends into keys: characters, control keys and the escape sequences of xterm.
import { StringDecoder } from 'node:string_decoder';

const SEQUENCES: Readonly<Record<string, string>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  '[H': 'home',
  '[F': 'end',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[4~': 'end',
  '[7~': 'home',
  '[8~': 'end',
  '[3~': 'delete',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[1;5C': 'word-right',
  '[1;5D': 'word-left',
  '[1;3C': 'word-right',
  '[1;3D': 'word-left',
  b: 'word-left',
  f: 'word-right',
  d: 'delete-word-right',
  '\u007f': 'delete-word-left',
  '[200~': 'paste-start',
  '[201~': 'paste-end',
};

export type Key = { kind: 'text'; text: string } | { kind: 'control'; letter: string } | { kind: 'named'; name: string };

/** Keeps an unfinished sequence or character until the rest of it arrives. */
export class KeyReader {
  readonly #decoder = new StringDecoder('utf8');
  #pending = '';

  read(chunk: Uint8Array): Key[] {
    this.#pending += this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const keys: Key[] = [];
    while (this.#pending !== '') {
      const character = String.fromCodePoint(this.#pending.codePointAt(0) ?? 0);
      if (character === '\u001b') {
        // oxlint-disable-next-line no-control-regex -- escape sequences begin with the control character ESC
        const sequence = /^\u001b(O[A-Z]|\[[0-9;?]*[A-Za-z~]|[^[O])/.exec(this.#pending);
        if (!sequence) {
          // A lone escape, or a sequence that is not complete.
          if (this.#pending.length < 8) {
            return keys;
          }
          this.#pending = this.#pending.slice(1);
          continue;
        }
        this.#pending = this.#pending.slice(sequence[0].length);
        const name = SEQUENCES[sequence[1] ?? ''];
        if (name !== undefined) {
          keys.push({ kind: 'named', name });
        }
        continue;
      }
      this.#pending = this.#pending.slice(character.length);
      if (character === '\u007f') {
        keys.push({ kind: 'named', name: 'backspace' });
      } else if (character < ' ') {
        keys.push({ kind: 'control', letter: String.fromCharCode(character.charCodeAt(0) + 64) });
      } else {
        keys.push({ kind: 'text', text: character });
      }
    }
    return keys;
  }
}
