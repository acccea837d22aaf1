// The extracted schema on disk, made when it is missing or of another version: two JSON files in the project's `.cache`.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_FOLDER } from '../../../base/index.ts';
import { clientVersion, type Descriptions, extractSchema, type Structure } from './extract.ts';
import { Schema } from './schema.ts';

/** Raised whenever what extraction writes changes. */
const FORMAT = 4;

const CACHE = path.join(PROJECT_FOLDER, '.cache');

function files(): { structure: string; descriptions: string } {
  const name = `kubernetes-schema-${clientVersion()}-${FORMAT}`;
  return { structure: path.join(CACHE, `${name}.json`), descriptions: path.join(CACHE, `${name}-descriptions.json`) };
}

/** Extracts the schema if it is not in the cache. Set-up calls it so that no cluster waits for it. */
export function ensureSchema(): void {
  const { structure, descriptions } = files();
  if (existsSync(structure) && existsSync(descriptions)) {
    return;
  }
  const extracted = extractSchema();
  mkdirSync(CACHE, { recursive: true });
  writeWhole(descriptions, JSON.stringify(extracted.descriptions));
  writeWhole(structure, JSON.stringify(extracted.structure));
}

/** The schema, out of the cache. */
export function loadSchema(): Schema {
  ensureSchema();
  return new Schema(JSON.parse(readFileSync(files().structure, 'utf8')) as Structure);
}

/** Descriptions of models and fields: large, and only documentation asks for them. */
export function loadDescriptions(): Descriptions {
  ensureSchema();
  return JSON.parse(readFileSync(files().descriptions, 'utf8')) as Descriptions;
}

// Renamed into place, so that two processes that start together never read half a file.
function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
