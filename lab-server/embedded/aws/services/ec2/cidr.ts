// IPv4 blocks: parsing, containment, and the addresses in them.

export interface Block {
  base: number;
  prefix: number;
  size: number;
}

/** Undefined when the text is no IPv4 block, or has bits beyond its prefix. */
export function parseBlock(text: string): Block | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const prefix = Number(match?.[5]);
  if (!match || octets.some((octet) => octet > 255) || prefix > 32) {
    return undefined;
  }
  const base = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - prefix);
  return base % size === 0 ? { base, prefix, size } : undefined;
}

/** The block that an address with a prefix lies in, as AWS takes it: `10.0.1.7/24` is `10.0.1.0/24`. Undefined when the text is neither. */
export function networkOf(text: string): string | undefined {
  const [address = '', prefix = ''] = text.split('/');
  const host = parseBlock(`${address}/32`);
  const size = 2 ** (32 - Number(prefix));
  if (!host || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) {
    return undefined;
  }
  const base = Math.floor(host.base / size) * size;
  return `${addressAt({ base, prefix: Number(prefix), size }, 0)}/${Number(prefix)}`;
}

export function contains(outer: Block, inner: Block): boolean {
  return inner.base >= outer.base && inner.base + inner.size <= outer.base + outer.size;
}

export function overlaps(left: Block, right: Block): boolean {
  return left.base < right.base + right.size && right.base < left.base + left.size;
}

export function addressAt(block: Block, offset: number): string {
  const value = block.base + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
