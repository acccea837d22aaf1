// What is wrong with a text that is no JSON, in the words of Go's scanner.

/** `invalid character 'b' looking for beginning of object key string`, or `unexpected end of JSON input`. */
export function jsonProblem(text: string): string {
  const scan = new Scan(text);
  try {
    scan.document();
  } catch (error) {
    if (error instanceof Problem) {
      return error.message;
    }
    throw error;
  }
  return 'invalid JSON';
}

class Problem extends Error {}

class Scan {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value();
    this.#space();
    if (this.#at < this.#text.length) {
      this.#fail('after top-level value');
    }
  }

  #peek(): string {
    this.#space();
    const character = this.#text[this.#at];
    if (character === undefined) {
      throw new Problem('unexpected end of JSON input');
    }
    return character;
  }

  #fail(context: string): never {
    const character = this.#text[this.#at];
    if (character === undefined) {
      throw new Problem('unexpected end of JSON input');
    }
    const shown = character === "'" ? String.raw`'\''` : character === '"' ? `'"'` : `'${JSON.stringify(character).slice(1, -1)}'`;
    throw new Problem(`invalid character ${shown} ${context}`);
  }

  #value(): void {
    const character = this.#peek();
    if (character === '{') {
      this.#object();
    } else if (character === '[') {
      this.#array();
    } else if (character === '"') {
      this.#string();
    } else if (character === '-' || /\d/.test(character)) {
      this.#number();
    } else if (character === 't' || character === 'f' || character === 'n') {
      this.#literal({ t: 'true', f: 'false', n: 'null' }[character]);
    } else {
      this.#fail('looking for beginning of value');
    }
  }

  #object(): void {
    this.#at += 1;
    if (this.#peek() === '}') {
      this.#at += 1;
      return;
    }
    for (;;) {
      if (this.#peek() !== '"') {
        this.#fail('looking for beginning of object key string');
      }
      this.#string();
      if (this.#peek() !== ':') {
        this.#fail('after object key');
      }
      this.#at += 1;
      this.#value();
      const next = this.#peek();
      if (next !== ',' && next !== '}') {
        this.#fail('after object key:value pair');
      }
      this.#at += 1;
      if (next === '}') {
        return;
      }
    }
  }

  #array(): void {
    this.#at += 1;
    if (this.#peek() === ']') {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#value();
      const next = this.#peek();
      if (next !== ',' && next !== ']') {
        this.#fail('after array element');
      }
      this.#at += 1;
      if (next === ']') {
        return;
      }
    }
  }

  #string(): void {
    for (this.#at += 1; ; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === undefined || character < ' ') {
        this.#fail('in string literal');
      }
      if (character === '"') {
        this.#at += 1;
        return;
      }
      if (character === '\\') {
        this.#at += 1;
        this.#escape();
      }
    }
  }

  #escape(): void {
    if (this.#text[this.#at] !== 'u') {
      if (!/["\\/bfnrt]/.test(this.#text[this.#at] ?? '')) {
        this.#fail('in string escape code');
      }
      return;
    }
    for (let digit = 0; digit < 4; digit += 1) {
      this.#at += 1;
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) {
        this.#fail(String.raw`in \u hexadecimal character escape`);
      }
    }
  }

  #number(): void {
    const digits = (context: string): void => {
      if (!/\d/.test(this.#text[this.#at] ?? '')) {
        this.#fail(context);
      }
      while (/\d/.test(this.#text[this.#at] ?? '')) {
        this.#at += 1;
      }
    };
    if (this.#text[this.#at] === '-') {
      this.#at += 1;
    }
    if (this.#text[this.#at] === '0') {
      this.#at += 1;
    } else {
      digits('in numeric literal');
    }
    if (this.#text[this.#at] === '.') {
      this.#at += 1;
      digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at += 1;
      if (/[+-]/.test(this.#text[this.#at] ?? '')) {
        this.#at += 1;
      }
      digits('in exponent of numeric literal');
    }
  }

  #literal(word: string): void {
    for (const expected of word) {
      if (this.#text[this.#at] !== expected) {
        this.#fail(`in literal ${word} (expecting '${expected}')`);
      }
      this.#at += 1;
    }
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) {
      this.#at += 1;
    }
  }
}
