// What every Describe of EC2 has: ids, filters with wildcards, pages.
import type { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { invalidValue } from './errors.ts';

export interface Filter {
  Name?: string;
  Values?: string[];
}

/** Values of a record that a filter compares with; several when one of them is enough. */
export type Field<T> = (record: T) => string | boolean | number | undefined | readonly (string | undefined)[];

export interface Listing<T> {
  id: (record: T) => string | undefined;
  notFound: (id: string) => AwsError;
  fields: Readonly<Record<string, Field<T>>>;
}

interface Request {
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

interface Taggable {
  Tags?: { Key?: string; Value?: string }[];
}

const PAGE = 1000;

/** The records that a request asks for. Throws for ids that do not exist and filters that are none. */
export function select<T extends object>(
  records: readonly T[],
  ids: readonly string[] | undefined,
  request: Request,
  listing: Listing<T>,
): { items: T[]; nextToken: string | undefined } {
  let found = records;
  if (ids?.length) {
    const byId = new Map(records.map((record) => [listing.id(record), record]));
    found = ids.map((id) => {
      const record = byId.get(id);
      if (!record) {
        throw listing.notFound(id);
      }
      return record;
    });
  }
  const filtered = found.filter((record) => (request.Filters ?? []).every((filter) => matches(record, filter, listing)));
  return pageOf(filtered, request.NextToken, request.MaxResults ?? PAGE, () => invalidValue('The token is not valid.'));
}

function matches<T extends object>(record: T, { Name = '', Values = [] }: Filter, listing: Listing<T>): boolean {
  const values = valuesOf(record, Name, listing);
  return Values.some((wanted) => {
    const pattern = patternOf(wanted);
    return values.some((value) => pattern.test(value));
  });
}

function valuesOf<T extends object>(record: T, name: string, listing: Listing<T>): string[] {
  const tags = (record as Taggable).Tags ?? [];
  if (name.startsWith('tag:')) {
    return tags.filter((tag) => tag.Key === name.slice('tag:'.length)).map((tag) => tag.Value ?? '');
  }
  if (name === 'tag-key' || name === 'tag-value') {
    return tags.map((tag) => (name === 'tag-key' ? tag.Key : tag.Value) ?? '');
  }
  const field = Object.hasOwn(listing.fields, name) ? listing.fields[name] : undefined;
  if (!field) {
    throw invalidValue(`The filter '${name}' is invalid`);
  }
  const value = field(record);
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => item !== undefined).map(String);
}

/** `*` stands for any text, `?` for one character; a backslash takes their meaning away. */
function patternOf(text: string): RegExp {
  const source = text.replaceAll(/\\([*?\\])|[.+^${}()|[\]\\*?]/g, (match, escaped?: string) =>
    escaped ? `\\${escaped}` : match === '*' ? '[^]*' : match === '?' ? '[^]' : `\\${match}`,
  );
  return new RegExp(`^${source}$`);
}
