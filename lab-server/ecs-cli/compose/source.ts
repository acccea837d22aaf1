// A YAML (or JSON) file read so that every complaint names the file, the line, the field and what is allowed there.
import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type * as z from 'zod';
import { CliFailure } from '../failure.ts';

type Path = readonly PropertyKey[];

export interface Source {
  file: string;
  value: unknown;
  /** `file:line` of what stands at a path (or of the nearest thing around it). */
  where(path: Path): string;
}

export function readSource(file: string): Source {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new CliFailure('ECS_CLI_FILE_UNREADABLE', `${file} cannot be read: ${why}.`, { cause: error });
  }
  return parseSource(file, text);
}

export function parseSource(file: string, text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const problem = document.errors[0];
  if (problem) {
    throw new CliFailure('ECS_CLI_FILE_INVALID', `${file}:${problem.linePos?.[0].line ?? 1}: ${problem.message.split('\n')[0]}`);
  }
  return {
    file,
    value: document.toJS() as unknown,
    where: (path) => `${file}:${lineOf(document, lines, path)}`,
  };
}

/** Checks what was read. The first complaint ends the program. */
export function checkSource<Schema extends z.ZodType>(source: Source, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(source.value);
  if (result.success) {
    return result.data;
  }
  const issue = result.error.issues[0];
  throw issue ? complaint(source, issue) : result.error;
}

/** A complaint of our own at a path. */
export function sourceFailure(source: Source, path: Path, message: string): CliFailure {
  const field = path.map(String).join('.');
  return new CliFailure('ECS_CLI_FILE_INVALID', `${source.where(path)}: ${field ? `${field}: ` : ''}${message}`);
}

function complaint(source: Source, issue: z.core.$ZodIssue): CliFailure {
  if (issue.code === 'unrecognized_keys') {
    return sourceFailure(source, [...issue.path, issue.keys[0] ?? ''], issue.message);
  }
  if (issue.code === 'invalid_union') {
    const wanted = issue.errors.flatMap((errors) => errors.filter((error) => error.path.length === 0).map(({ message }) => message));
    const deeper = issue.errors.flat().find((error) => error.path.length > 0);
    return wanted.length === issue.errors.length || !deeper
      ? sourceFailure(source, issue.path, [...new Set(wanted)].join(', or '))
      : complaint(source, { ...deeper, path: [...issue.path, ...deeper.path] });
  }
  return sourceFailure(source, issue.path, issue.message);
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
  let node = document.contents as Node | null;
  let line = 1;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) {
        break;
      }
      line = lineAt(lines, pair.key as Node, line);
      node = pair.value as Node | null;
    } else {
      const next = document.contents && node && 'get' in node ? (node.get(Number(step), true) as Node | undefined) : undefined;
      if (!next) {
        break;
      }
      node = next;
      line = lineAt(lines, node, line);
    }
  }
  return line;
}

function lineAt(lines: LineCounter, node: Node, otherwise: number): number {
  return node.range ? lines.linePos(node.range[0]).line : otherwise;
}
