// SPDY header blocks: pairs of names and values, compressed with one zlib stream per direction for the whole connection.
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { SPDY_DICTIONARY } from './dictionary.ts';
import { SpdyError } from './frames.ts';

export type Headers = Readonly<Record<string, string>>;

/** Header blocks larger than this are refused. */
const MAX_BLOCK_BYTES = 64 * 1024;

export class HeaderDecoder implements Disposable {
  readonly #inflate: Inflate = createInflate({
    dictionary: SPDY_DICTIONARY,
    flush: constants.Z_SYNC_FLUSH,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  #output: Buffer[] = [];
  #error: Error | undefined;

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => this.#output.push(chunk));
    this.#inflate.on('error', (error) => (this.#error = error));
  }

  /** Blocks must be given in the order in which they arrived, one after the other. */
  async decode(block: Uint8Array): Promise<Headers> {
    this.#output = [];
    await new Promise<void>((resolve, reject) => {
      this.#inflate.once('error', reject);
      this.#inflate.write(block, () => {
        this.#inflate.off('error', reject);
        resolve();
      });
    });
    if (this.#error) {
      throw new SpdyError(`a header block does not decompress: ${this.#error.message}`);
    }
    return readPairs(Buffer.concat(this.#output));
  }

  [Symbol.dispose](): void {
    this.#inflate.close();
  }
}

export class HeaderEncoder implements Disposable {
  readonly #deflate: Deflate = createDeflate({ dictionary: SPDY_DICTIONARY });
  #output: Buffer[] = [];

  constructor() {
    this.#deflate.on('data', (chunk: Buffer) => this.#output.push(chunk));
  }

  async encode(headers: Headers): Promise<Buffer> {
    this.#output = [];
    this.#deflate.write(writePairs(headers));
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    return Buffer.concat(this.#output);
  }

  [Symbol.dispose](): void {
    this.#deflate.close();
  }
}

function readPairs(bytes: Buffer): Headers {
  if (bytes.length > MAX_BLOCK_BYTES) {
    throw new SpdyError('a header block is too large');
  }
  const headers: Record<string, string> = {};
  let at = 0;
  const word = (): number => {
    if (at + 4 > bytes.length) {
      throw new SpdyError('a header block ends too early');
    }
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = word();
    if (at + length > bytes.length) {
      throw new SpdyError('a header block ends too early');
    }
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  for (let left = word(); left > 0; left -= 1) {
    const name = text().toLowerCase();
    headers[name] = text();
  }
  return headers;
}

function writePairs(headers: Headers): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const entries = Object.entries(headers);
  return Buffer.concat([
    word(entries.length),
    ...entries.flatMap(([name, value]) => [name, value].flatMap((text) => [word(Buffer.byteLength(text)), Buffer.from(text)])),
  ]);
}
