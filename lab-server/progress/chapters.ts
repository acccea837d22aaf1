// Which exercises make up a chapter: those that its lessons open. Read from the lessons themselves, so that there is one place to say it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export interface Chapter {
  id: string;
  title: string;
  /** Slugs, in the order of the lessons. */
  exercises: readonly string[];
}

const chaptersSchema = z.array(z.object({ id: z.string(), order: z.number(), title: z.string() }));
const frontmatterSchema = z.object({ exercise: z.string().optional() });

/** Reads the chapters below the content folder. One without an exercise has nothing to certify and is left out. */
export function loadChapters(contentFolder: string): Chapter[] {
  const file = join(contentFolder, 'data', 'chapters.json');
  if (!existsSync(file)) {
    return [];
  }
  return chaptersSchema
    .parse(JSON.parse(readFileSync(file, 'utf8')))
    .toSorted((a, b) => a.order - b.order)
    .map(({ id, title }) => ({ id, title, exercises: exercisesOf(join(contentFolder, 'lessons', id)) }))
    .filter((chapter) => chapter.exercises.length > 0);
}

function exercisesOf(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  const lessons = readdirSync(folder).filter((name) => name.endsWith('.mdx'));
  const slugs = lessons.toSorted().flatMap((name) => {
    const frontmatter = /^---\n([\s\S]*?)\n---/.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? '';
    return frontmatterSchema.parse(parse(frontmatter) ?? {}).exercise ?? [];
  });
  return [...new Set(slugs)];
}
