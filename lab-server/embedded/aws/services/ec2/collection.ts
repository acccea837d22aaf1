// What the simpler resources of EC2 have in common: records by id, looked up, listed with filters, tagged and deleted.
import type { AwsError } from '../../gateway/errors.ts';
import type { Table, Tables } from '../../state/tables.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { Call } from '../service.ts';
import { notFound } from './errors.ts';
import { select, type Field, type Filter } from './filters.ts';

export interface Collection<T extends object> {
  /** What tag specifications call the resource: `nat-gateway`. */
  type: string;
  table: string;
  idOf: (record: T) => string | undefined;
  notFound: (id: string) => AwsError;
  fields: Readonly<Record<string, Field<T>>>;
}

type Place = Scope & { tables: Tables };

/** A collection whose missing ids are answered with `code` and "The <what> '…' does not exist". */
export function collection<T extends object>(definition: Omit<Collection<T>, 'notFound'> & { code: string; what: string }): Collection<T> {
  return { ...definition, notFound: (id) => notFound(definition.code, definition.what, id) };
}

export function tableOf<T extends object>(of: Collection<T>, tables: Tables): Table<T> {
  return tables.table(of.table);
}

export function listOf<T extends object>(of: Collection<T>, place: Place): T[] {
  return tableOf(of, place.tables).list(`${scopeKey(place)}/`);
}

export function requireOne<T extends object>(of: Collection<T>, id: string | undefined, place: Place): T {
  const record = tableOf(of, place.tables).get(scopeKey(place, id ?? ''));
  if (!record) {
    throw of.notFound(id ?? '');
  }
  return record;
}

export function save<T extends object>(of: Collection<T>, record: T, place: Place): T {
  tableOf(of, place.tables).put(scopeKey(place, of.idOf(record) ?? ''), record);
  return record;
}

/** Removes a record that must be there, and gives it. */
export function remove<T extends object>(of: Collection<T>, id: string | undefined, place: Place): T {
  const record = requireOne(of, id, place);
  tableOf(of, place.tables).delete(scopeKey(place, id ?? ''));
  return record;
}

interface Request {
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

/** The records that a Describe asks for. */
export function describe<T extends object>(
  of: Collection<T>,
  ids: readonly string[] | undefined,
  request: Request,
  call: Call,
): { items: T[]; nextToken: string | undefined } {
  return select(listOf(of, call), ids, request, { id: of.idOf, notFound: of.notFound, fields: of.fields });
}
