// IAM's pages: a marker and whether there is more. Markers are positions, as opaque to clients as any.
import { validation } from './errors.ts';

const PAGE = 100;

export function markedPage<T>(
  items: readonly T[],
  input: { Marker?: string; MaxItems?: number },
): {
  items: T[];
  rest: { IsTruncated: boolean; Marker?: string };
} {
  const start = items.length === 0 ? 0 : startOf(input.Marker, items.length);
  const end = start + (input.MaxItems ?? PAGE);
  const isTruncated = end < items.length;
  return { items: items.slice(start, end), rest: { IsTruncated: isTruncated, ...(isTruncated ? { Marker: String(end) } : {}) } };
}

function startOf(marker: string | undefined, length: number): number {
  if (marker === undefined) {
    return 0;
  }
  if (!/^\d+$/.test(marker) || Number(marker) >= length) {
    throw validation('Invalid Marker.');
  }
  return Number(marker);
}
