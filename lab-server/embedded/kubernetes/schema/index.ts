export { ensureSchema, loadDescriptions, loadSchema } from './load.ts';
export type { Descriptions } from './extract.ts';
export { fieldsByNumber, type NumberedField } from './field-number-table.ts';
export { Schema, typeVersion } from './schema.ts';
export type { Field, ListType, MapType, ScalarName, SchemaType, StructType } from './types.ts';
