// IAM's pages: a marker and whether there is more.
import { pageOf } from '../pages.ts';
import { validation } from './errors.ts';

const PAGE = 100;

export function markedPage<T>(
  items: readonly T[],
  input: { Marker?: string; MaxItems?: number },
): {
  items: T[];
  rest: { IsTruncated: boolean; Marker?: string };
} {
  const page = pageOf(items, input.Marker, input.MaxItems ?? PAGE, () => validation('Invalid Marker.'));
  return { items: page.items, rest: { IsTruncated: page.nextToken !== undefined, Marker: page.nextToken } };
}
