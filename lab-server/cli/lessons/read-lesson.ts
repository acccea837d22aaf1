// A lesson as a verifier reads it: its lab, and the code blocks that a reader runs, edits or compares, in the order of the page.
import { parse } from 'yaml';
import { z } from 'zod';
import { DocksideError } from '../../base/index.ts';

/** Only what a run needs; src/content.config.ts checks the whole. */
const headSchema = z.object({ title: z.string(), exercise: z.string().optional() });

export interface RunBlock {
  type: 'run';
  line: number;
  command: string;
  /** For a terminal of its own: it goes on while the blocks after it run. */
  inBackground: boolean;
  /** The lesson says that the command fails. */
  mayFail: boolean;
  /** Stopped with Ctrl+C after so many seconds. */
  seconds: number | undefined;
  /** What the lesson shows below the command. */
  output: { line: number; text: string } | undefined;
}

export interface EditBlock {
  type: 'edit';
  line: number;
  path: string;
  content: string;
}

export interface Lesson {
  title: string;
  exercise: string | undefined;
  blocks: readonly (RunBlock | EditBlock)[];
}

/** Reads the text of an .mdx file. Throws DocksideError `LESSON_INVALID` with file and line. */
export function readLesson(file: string, source: string): Lesson {
  const head = /^---\n([\s\S]*?)\n---\n/.exec(source);
  const parsed = headSchema.safeParse(parse(head?.[1] ?? ''));
  if (!parsed.success) {
    throw new DocksideError(
      'LESSON_INVALID',
      `${file}:1: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
    );
  }
  const blocks: (RunBlock | EditBlock)[] = [];
  let latest: RunBlock | undefined;
  for (const fence of fencesOf(source)) {
    const { words, attributes } = infoOf(fence.info);
    const runs = words.has('run') || 'run' in attributes;
    if (runs) {
      latest = {
        type: 'run',
        line: fence.line,
        command: fence.text,
        inBackground: attributes.run === 'second',
        mayFail: words.has('fails'),
        seconds: attributes.seconds === undefined ? undefined : Number(attributes.seconds),
        output: undefined,
      };
      blocks.push(latest);
    } else if (words.has('edit')) {
      if (attributes.title === undefined) {
        throw new DocksideError('LESSON_INVALID', `${file}:${fence.line}: title: a block marked edit needs title="the file's name"`);
      }
      blocks.push({ type: 'edit', line: fence.line, path: attributes.title, content: `${fence.text}\n` });
      latest = undefined;
    } else if (words.has('output')) {
      if (!latest || latest.output) {
        throw new DocksideError(
          'LESSON_INVALID',
          `${file}:${fence.line}: output: a block marked output follows the run block whose output it shows`,
        );
      }
      latest.output = { line: fence.line, text: fence.text };
    }
  }
  return { title: parsed.data.title, exercise: parsed.data.exercise, blocks };
}

function* fencesOf(source: string): Generator<{ line: number; info: string; text: string }> {
  let open: { mark: string; indent: string; line: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of source.split('\n').entries()) {
    const fence = /^(\s*)(`{3,})(.*)$/.exec(line);
    if (open && fence && fence[2] === open.mark && fence[3]?.trim() === '') {
      yield { line: open.line, info: open.info, text: open.lines.join('\n') };
      open = undefined;
    } else if (open) {
      const { indent } = open;
      open.lines.push(line.startsWith(indent) ? line.slice(indent.length) : line);
    } else if (fence) {
      open = { mark: fence[2] ?? '```', indent: fence[1] ?? '', line: index + 1, info: fence[3] ?? '', lines: [] };
    }
  }
}

/** `sh run seconds="4"`: the words, and what is written with an equals sign. */
function infoOf(info: string): { words: ReadonlySet<string>; attributes: Record<string, string> } {
  const attributes = Object.fromEntries([...info.matchAll(/([a-z]+)="([^"]*)"/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
  return {
    words: new Set(
      info
        .replaceAll(/[a-z]+="[^"]*"/g, '')
        .split(/\s+/)
        .slice(1),
    ),
    attributes,
  };
}
