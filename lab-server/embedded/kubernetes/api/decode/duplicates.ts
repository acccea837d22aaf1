// Finds fields that a JSON text gives twice, which JSON.parse silently lets the last one win.

/**
 * Paths of fields that are given more than once, each once: `spec.replicas`. The text must be valid JSON.
 * Most clients send compact JSON without repeats, which is told by printing what was parsed and comparing.
 */
export function duplicateFields(text: string, parsed: unknown): string[] {
  return JSON.stringify(parsed).length === text.length ? [] : new Scan(text).run();
}

class Scan {
  readonly #text: string;
  #at = 0;
  readonly #path: string[] = [];
  readonly #found = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  run(): string[] {
    this.#value();
    return [...this.#found];
  }

  #value(): void {
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        this.#object();
        return;
      case '[':
        this.#array();
        return;
      case '"':
        this.#string();
        return;
      default:
        while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at] as string)) {
          this.#at += 1;
        }
    }
  }

  #object(): void {
    const seen = new Set<string>();
    this.#at += 1;
    for (this.#space(); this.#text[this.#at] === '"'; this.#space()) {
      const name = JSON.parse(this.#string()) as string;
      this.#path.push(this.#path.length === 0 ? name : `.${name}`);
      if (seen.has(name)) {
        this.#found.add(this.#path.join(''));
      }
      seen.add(name);
      this.#space();
      this.#at += 1; // the colon
      this.#value();
      this.#path.pop();
      this.#space();
      if (this.#text[this.#at] === ',') {
        this.#at += 1;
      }
    }
    this.#at += 1;
  }

  #array(): void {
    this.#at += 1;
    this.#space();
    for (let index = 0; this.#at < this.#text.length && this.#text[this.#at] !== ']'; index += 1) {
      this.#path.push(`[${index}]`);
      this.#value();
      this.#path.pop();
      this.#space();
      if (this.#text[this.#at] === ',') {
        this.#at += 1;
        this.#space();
      }
    }
    this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    while (this.#text[this.#at] !== '"') {
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #space(): void {
    while (
      this.#text[this.#at] === ' ' ||
      this.#text[this.#at] === '\n' ||
      this.#text[this.#at] === '\t' ||
      this.#text[this.#at] === '\r'
    ) {
      this.#at += 1;
    }
  }
}
