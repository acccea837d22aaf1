// RESP, the protocol of Redis (redis.io/docs/reference/protocol-spec), version 2.

export type Reply =
  | { kind: 'simple'; text: string }
  | { kind: 'error'; text: string }
  | { kind: 'integer'; value: number }
  | { kind: 'bulk'; text: string | null }
  | { kind: 'array'; items: readonly Reply[] | null };

export const OK: Reply = { kind: 'simple', text: 'OK' };
export const NIL: Reply = { kind: 'bulk', text: null };
export const integer = (value: number): Reply => ({ kind: 'integer', value });
export const bulk = (text: string | null | undefined): Reply => ({ kind: 'bulk', text: text ?? null });
export const array = (items: readonly (Reply | string)[]): Reply => ({
  kind: 'array',
  items: items.map((item) => (typeof item === 'string' ? bulk(item) : item)),
});
export const failure = (text: string): Reply => ({ kind: 'error', text });

/** Bytes of one argument; Redis allows 512 MB, a lesson needs less. */
const MAX_BULK_BYTES = 8 * 1024 * 1024;
const MAX_ITEMS = 100_000;

export class ProtocolError extends Error {}

export function encode(reply: Reply): string {
  switch (reply.kind) {
    case 'simple':
      return `+${reply.text}\r\n`;
    case 'error':
      return `-${reply.text}\r\n`;
    case 'integer':
      return `:${reply.value}\r\n`;
    case 'bulk':
      return reply.text === null ? '$-1\r\n' : `$${reply.text.length}\r\n${reply.text}\r\n`;
    case 'array':
      return reply.items === null ? '*-1\r\n' : `*${reply.items.length}\r\n${reply.items.map(encode).join('')}`;
  }
}

/** Takes bytes (as latin1 text, so that a value of any bytes survives) and gives whole values. */
export class RespReader {
  #buffer = '';

  push(text: string): void {
    this.#buffer += text;
  }

  /** The next whole value; undefined until it is complete. */
  next(): Reply | undefined {
    const parsed = parseValue(this.#buffer, 0);
    if (parsed) {
      this.#buffer = this.#buffer.slice(parsed.end);
    }
    return parsed?.value;
  }

  /** The next command: an array of strings, or a line of words as a person types it. */
  nextCommand(): string[] | undefined {
    while (this.#buffer !== '') {
      if (this.#buffer.startsWith('*')) {
        const value = this.next();
        if (!value) {
          return undefined;
        }
        const words = value.kind === 'array' ? (value.items ?? []).map((item) => (item.kind === 'bulk' ? (item.text ?? '') : '')) : [];
        if (words.length > 0) {
          return words;
        }
        continue;
      }
      const end = this.#buffer.indexOf('\n');
      if (end < 0) {
        if (this.#buffer.length > 64 * 1024) {
          throw new ProtocolError('too big inline request');
        }
        return undefined;
      }
      const line = this.#buffer.slice(0, end).replace(/\r$/, '');
      this.#buffer = this.#buffer.slice(end + 1);
      const words = splitWords(line);
      if (words.length > 0) {
        return words;
      }
    }
    return undefined;
  }
}

/** Words of a line, with quotes as redis-cli takes them. */
export function splitWords(line: string): string[] {
  return [...line.matchAll(/"((?:\\.|[^"\\])*)"|'((?:\\'|[^'])*)'|(\S+)/g)].map(([, double, single, plain]) =>
    double !== undefined
      ? double.replace(
          /\\(n|r|t|x[0-9a-fA-F]{2}|.)/g,
          (_whole, escape: string) =>
            ({ n: '\n', r: '\r', t: '\t' })[escape] ??
            (escape.startsWith('x') ? String.fromCharCode(Number.parseInt(escape.slice(1), 16)) : escape),
        )
      : (single?.replaceAll("\\'", "'") ?? plain ?? ''),
  );
}

function parseValue(buffer: string, start: number): { value: Reply; end: number } | undefined {
  const lineEnd = buffer.indexOf('\r\n', start);
  if (lineEnd < 0) {
    return undefined;
  }
  const line = buffer.slice(start + 1, lineEnd);
  const after = lineEnd + 2;
  switch (buffer[start]) {
    case '+':
      return { value: { kind: 'simple', text: line }, end: after };
    case '-':
      return { value: { kind: 'error', text: line }, end: after };
    case ':':
      return { value: integer(Number(line)), end: after };
    case '$': {
      const length = Number(line);
      if (!Number.isInteger(length) || length > MAX_BULK_BYTES) {
        throw new ProtocolError('invalid bulk length');
      }
      if (length < 0) {
        return { value: NIL, end: after };
      }
      return buffer.length < after + length + 2 ? undefined : { value: bulk(buffer.slice(after, after + length)), end: after + length + 2 };
    }
    case '*': {
      const count = Number(line);
      if (!Number.isInteger(count) || count > MAX_ITEMS) {
        throw new ProtocolError('invalid multibulk length');
      }
      if (count < 0) {
        return { value: { kind: 'array', items: null }, end: after };
      }
      const items: Reply[] = [];
      let at = after;
      for (let index = 0; index < count; index += 1) {
        const item = parseValue(buffer, at);
        if (!item) {
          return undefined;
        }
        items.push(item.value);
        at = item.end;
      }
      return { value: { kind: 'array', items }, end: at };
    }
    default:
      throw new ProtocolError(`expected '$', got '${buffer[start] ?? ''}'`);
  }
}
