// Reads DER just far enough to take a certificate or a certificate request apart.
import { DocksideError } from '../../../../base/index.ts';

export interface DerElement {
  tag: number;
  /** Tag, length and content, as it came. */
  whole: Buffer;
  content: Buffer;
}

/** The elements that stand one after the other in `bytes`. Throws KUBERNETES_DER_INVALID where they are cut short. */
export function readElements(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  for (let start = 0; start < bytes.length;) {
    const tag = bytes[start] ?? 0;
    let length = bytes[start + 1] ?? 0;
    let header = 2;
    if (length >= 0x80) {
      const size = length & 0x7f;
      header += size;
      length = size > 0 && size <= 4 && start + header <= bytes.length ? bytes.readUIntBE(start + 2, size) : Number.POSITIVE_INFINITY;
    }
    const end = start + header + length;
    if (!(end <= bytes.length)) {
      throw new DocksideError('KUBERNETES_DER_INVALID', 'the data is cut short', { status: 400 });
    }
    elements.push({ tag, whole: bytes.subarray(start, end), content: bytes.subarray(start + header, end) });
    start = end;
  }
  return elements;
}

/** The elements inside the one element that `bytes` holds. */
export function readSequence(bytes: Buffer): DerElement[] {
  const [outer] = readElements(bytes);
  return outer ? readElements(outer.content) : [];
}

/** The dotted text of an object identifier's content. */
export function readObjectIdentifier(content: Buffer): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = 0;
    }
  }
  const [first = 0, ...rest] = numbers;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}
