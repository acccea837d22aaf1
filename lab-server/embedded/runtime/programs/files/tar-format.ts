// The ustar format of POSIX, with the long names of GNU and pax.

export interface ArchiveEntry {
  kind: 'file' | 'directory' | 'link';
  name: string;
  mode: number;
  uid: number;
  gid: number;
  modifiedAt: number;
  /** Of a link. */
  target: string;
  content: Uint8Array;
}

const BLOCK = 512;
const NAME_BYTES = 100;
const CODES: Readonly<Record<ArchiveEntry['kind'], string>> = { file: '0', directory: '5', link: '2' };

/** Two empty blocks, filled up to the record that tar writes at once. */
export const ARCHIVE_END = new Uint8Array(2 * BLOCK);

export function writeEntry(entry: ArchiveEntry): Buffer {
  const longName =
    Buffer.byteLength(entry.name) > NAME_BYTES
      ? [header('././@LongLink', 'L', Buffer.byteLength(entry.name) + 1, entry), padded(Buffer.from(`${entry.name}\0`))]
      : [];
  return Buffer.concat([...longName, header(entry.name, CODES[entry.kind], entry.content.byteLength, entry), padded(entry.content)]);
}

function header(name: string, code: string, size: number, entry: ArchiveEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, length: number): void =>
    void block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
  block.write(name, 0, NAME_BYTES, 'utf8');
  octal(entry.mode & 0o7777, 100, 8);
  octal(entry.uid, 108, 8);
  octal(entry.gid, 116, 8);
  octal(size, 124, 12);
  octal(Math.max(0, Math.floor(entry.modifiedAt / 1000)), 136, 12);
  block.write('        ', 148, 'latin1');
  block.write(code, 156, 'latin1');
  block.write(entry.target, 157, NAME_BYTES, 'utf8');
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function padded(content: Uint8Array): Uint8Array {
  const rest = content.byteLength % BLOCK;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK - rest)]);
}

/** The entries of an archive; `damaged` in place of one that cannot be read. */
export function* readArchive(archive: Uint8Array): Generator<ArchiveEntry | 'damaged'> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  let at = 0;
  let overrides: { name?: string; target?: string } = {};
  while (at + BLOCK <= bytes.byteLength) {
    const block = bytes.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) {
      return;
    }
    if (!checksumFits(block)) {
      yield 'damaged';
      return;
    }
    const size = number(block, 124, 12);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const code = String.fromCharCode(block[156] ?? 0);
    if (code === 'L' || code === 'K') {
      const value = content.toString('utf8').replace(/\0.*$/s, '');
      overrides = code === 'L' ? { ...overrides, name: value } : { ...overrides, target: value };
      continue;
    }
    if (code === 'x') {
      overrides = { ...overrides, ...paxRecords(content) };
      continue;
    }
    if (code === 'g') {
      continue;
    }
    const prefix = text(block, 345, 155);
    const name =
      overrides.name ?? `${prefix === '' || !text(block, 257, 6).startsWith('ustar') ? '' : `${prefix}/`}${text(block, 0, NAME_BYTES)}`;
    const kind = code === '5' || (code !== '2' && name.endsWith('/')) ? 'directory' : code === '2' ? 'link' : 'file';
    yield {
      kind,
      name,
      mode: number(block, 100, 8),
      uid: number(block, 108, 8),
      gid: number(block, 116, 8),
      modifiedAt: number(block, 136, 12) * 1000,
      target: overrides.target ?? text(block, 157, NAME_BYTES),
      content,
    };
    overrides = {};
  }
}

function paxRecords(content: Buffer): { name?: string; target?: string } {
  const records: { name?: string; target?: string } = {};
  let at = 0;
  while (at < content.byteLength) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.subarray(at, space).toString('latin1'));
    if (space < 0 || !Number.isInteger(length) || length <= 0) {
      return records;
    }
    const [key = '', ...value] = content
      .subarray(space + 1, at + length - 1)
      .toString('utf8')
      .split('=');
    if (key === 'path') {
      records.name = value.join('=');
    } else if (key === 'linkpath') {
      records.target = value.join('=');
    }
    at += length;
  }
  return records;
}

function checksumFits(block: Buffer): boolean {
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  return sum === number(block, 148, 8);
}

function text(block: Buffer, offset: number, length: number): string {
  return block
    .subarray(offset, offset + length)
    .toString('utf8')
    .replace(/\0.*$/s, '');
}

function number(block: Buffer, offset: number, length: number): number {
  if (((block[offset] ?? 0) & 0x80) !== 0) {
    // GNU's binary form of large numbers.
    return block.subarray(offset + 1, offset + length).reduce((total, byte) => total * 256 + byte, 0);
  }
  return Number.parseInt(text(block, offset, length).trim() || '0', 8);
}
