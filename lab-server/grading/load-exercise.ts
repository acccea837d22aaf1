// Reads exercise folders. What is wrong in one is reported with file, line, field and what is allowed there.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { DocksideError } from '../base/index.ts';
import { compileObjective, type Exercise, type FieldPath } from './exercise.ts';
import { exerciseSchema } from './schema.ts';

/** Loads every exercise below `folder`, by slug. Throws DocksideError `EXERCISE_INVALID` with all problems of all of them. */
export function loadExercises(folder: string): Map<string, Exercise> {
  const exercises = new Map<string, Exercise>();
  const problems: string[] = [];
  const slugs = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of slugs.toSorted((a, b) => a.name.localeCompare(b.name))) {
    try {
      exercises.set(name, loadExercise(join(folder, name), name));
    } catch (error) {
      if (!(error instanceof DocksideError)) {
        throw error;
      }
      problems.push(error.message);
    }
  }
  if (problems.length > 0) {
    throw new DocksideError('EXERCISE_INVALID', problems.join('\n'));
  }
  return exercises;
}

/** Loads one exercise folder. Throws DocksideError `EXERCISE_INVALID`, one line per problem: `file:line: field: what is allowed`. */
export function loadExercise(folder: string, slug: string): Exercise {
  const file = join(folder, 'exercise.yaml');
  const shown = relative(join(folder, '..', '..', '..'), file);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)) {
    throw new DocksideError('EXERCISE_INVALID', `${shown}: the folder's name may hold lower-case letters, digits and single dashes.`);
  }
  if (!existsSync(file)) {
    throw new DocksideError('EXERCISE_INVALID', `${shown}:1: the file is missing; docs/authoring.md shows one.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  // What a parser finds wrong after its first error follows from that one.
  const problems: { line: number; message: string }[] = document.errors.slice(0, 1).map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    message: error.message.split('\n')[0] ?? error.message,
  }));
  const complain = (path: FieldPath, message: string): void => {
    problems.push({ line: lineOf(document, lines, path), message: `${path.length === 0 ? 'the file' : path.join('.')}: ${message}` });
  };
  const fail = (): never => {
    const text = problems.toSorted((a, b) => a.line - b.line).map(({ line, message }) => `${shown}:${line}: ${message}`);
    throw new DocksideError('EXERCISE_INVALID', text.join('\n'));
  };
  if (problems.length > 0) {
    return fail();
  }
  const parsed = exerciseSchema.safeParse(document.toJS());
  if (!parsed.success) {
    parsed.error.issues.forEach((issue) => describeIssue(issue, complain));
    return fail();
  }
  const definition = parsed.data;
  const objectives = definition.objectives.map((objective, index) =>
    compileObjective(objective, (path, message) => complain(['objectives', index, ...path], message)),
  );
  const ids = objectives.map((objective) => objective.id);
  objectives.forEach((objective, index) => {
    if (ids.indexOf(objective.id) !== index) {
      complain(['objectives', index, 'id'], `the id ${objective.id} is used twice`);
    }
    objective.after.forEach((before, position) => {
      if (!ids.slice(0, index).includes(before)) {
        complain(
          ['objectives', index, 'after', position],
          `${before} is not an earlier objective; ${ids.slice(0, index).join(', ') || 'none'} is allowed`,
        );
      }
    });
    const { resources = {}, history = {} } = definition.objectives[index] ?? {};
    for (const [field, name, query] of [
      ...Object.entries(resources).map(([key, value]) => ['resources', key, value] as const),
      ...Object.entries(history).map(([key, value]) => ['history', key, value] as const),
    ]) {
      if (!definition.sandboxes.includes(query.platform)) {
        complain(['objectives', index, field, name], `this exercise has no ${query.platform} sandbox; add it to sandboxes`);
      }
    }
  });

  const scripts = namesIn(join(folder, 'mistakes')).filter((name) => name.endsWith('.sh'));
  definition.mistakes.forEach((mistake, index) => {
    if (!scripts.includes(mistake.script)) {
      complain(['mistakes', index, 'script'], `mistakes/${mistake.script} does not exist; ${scripts.join(', ') || 'no file'} is there`);
    }
    if (!ids.includes(mistake.verdict.objective)) {
      complain(
        ['mistakes', index, 'verdict', 'objective'],
        `there is no objective ${mistake.verdict.objective}; ${ids.join(', ')} is allowed`,
      );
    }
  });
  for (const script of scripts.filter((name) => !definition.mistakes.some((mistake) => mistake.script === name))) {
    complain(['mistakes'], `mistakes/${script} is not listed with the verdict it must get`);
  }
  const solutionFile = join(folder, 'solution.sh');
  if (!existsSync(solutionFile)) {
    complain([], 'solution.sh is missing beside it');
  }
  if (problems.length > 0) {
    return fail();
  }
  return {
    slug,
    folder,
    definition,
    objectives,
    files: readTree(join(folder, 'files')),
    solution: readFileSync(solutionFile, 'utf8'),
    setup: existsSync(join(folder, 'setup.sh')) ? readFileSync(join(folder, 'setup.sh'), 'utf8') : undefined,
    mistakes: definition.mistakes.map((mistake) => ({ ...mistake, text: readFileSync(join(folder, 'mistakes', mistake.script), 'utf8') })),
    outOf: objectives.reduce((sum, objective) => sum + objective.points, 0),
  };
}

function describeIssue(issue: z.core.$ZodIssue, complain: (path: FieldPath, message: string) => void): void {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    const allowed = fieldsAt(exerciseSchema, issue.path);
    const known = allowed.length === 0 ? '' : `; ${allowed.join(', ')} ${allowed.length === 1 ? 'is' : 'are'} allowed`;
    issue.keys.forEach((key) => complain([...path, key], `there is no such field here${known}`));
  } else if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The alternative with the fewest problems is the one that was meant.
    const meant = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
    meant.forEach((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, complain));
  } else {
    complain(path, issue.message);
  }
}

/** The fields that the schema has at `path`; none where it takes any name, or one of several shapes. */
function fieldsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const parts = schema._zod.def as SchemaParts;
  if (parts.innerType) {
    return fieldsAt(parts.innerType, path);
  }
  const [key, ...rest] = path;
  if (key === undefined) {
    return Object.keys(parts.shape ?? {});
  }
  const below = parts.shape?.[String(key)] ?? parts.element ?? parts.valueType;
  return below === undefined ? [] : fieldsAt(below, rest);
}

/** What of a zod schema's definition leads further down. */
interface SchemaParts {
  innerType?: z.core.$ZodType;
  shape?: Record<string, z.core.$ZodType>;
  element?: z.core.$ZodType;
  valueType?: z.core.$ZodType;
}

/** The line of the deepest part of `path` that exists in the document. */
function lineOf(document: Document, lines: LineCounter, path: FieldPath): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const parent: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    // For a map's entry the key's own line is meant: that of the value may be a line further down.
    const named = hasItems(parent) && typeof key === 'string' ? parent.items.find((item) => keyText(item) === key) : undefined;
    const node: unknown =
      named === undefined ? (length === 0 ? document.contents : document.getIn(path.slice(0, length), true)) : keyNode(named);
    if (isNode(node) && node.range) {
      return lines.linePos(node.range[0]).line;
    }
  }
  return 1;
}

function hasItems(node: unknown): node is { items: unknown[] } {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items);
}

function keyNode(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'key' in item ? item.key : undefined;
}

function keyText(item: unknown): string | undefined {
  const key = keyNode(item);
  return typeof key === 'object' && key !== null && 'value' in key ? String(key.value) : undefined;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

function readTree(folder: string): Record<string, string> {
  if (!existsSync(folder)) {
    return {};
  }
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(names.toSorted().map((name) => [name.replaceAll('\\', '/'), readFileSync(join(folder, name), 'utf8')]));
}
