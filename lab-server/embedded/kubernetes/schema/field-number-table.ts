// Which field of a type has which number in the protobuf encoding.
import { FIELD_NUMBERS } from './field-numbers.ts';

export type NumberedField =
  | { name: string }
  /** An embedded struct: its fields belong to the owner in JSON. */
  | { embedded: string };

let lines: Map<string, string> | undefined;
const tables = new Map<string, ReadonlyMap<number, NumberedField>>();

/** Fields by their number of a model (`V1PodSpec`) or an embedded struct; undefined where the type has no protobuf encoding. */
export function fieldsByNumber(type: string): ReadonlyMap<number, NumberedField> | undefined {
  let table = tables.get(type);
  if (!table) {
    lines ??= new Map(
      FIELD_NUMBERS.trim()
        .split('\n')
        .map((line) => {
          const space = line.indexOf(' ');
          return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
        }),
    );
    const line = lines.get(type);
    if (line === undefined) {
      return undefined;
    }
    table = parse(line);
    tables.set(type, table);
  }
  return table;
}

function parse(line: string): ReadonlyMap<number, NumberedField> {
  const fields = new Map<number, NumberedField>();
  let next = 1;
  for (const token of line.split(' ')) {
    if (/^\d+$/.test(token)) {
      next = Number(token);
    } else if (token !== '') {
      fields.set(next, token.startsWith('@') ? { embedded: token.slice(1) } : { name: token });
      next += 1;
    }
  }
  return fields;
}
