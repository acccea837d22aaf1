// The lessons below a folder, by name: chapter and file, without the ending.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DocksideError } from '../../base/index.ts';
import { type Lesson, readLesson } from './read-lesson.ts';

export interface NamedLesson {
  /** `orchestration/first-pod` */
  name: string;
  file: string;
  lesson: Lesson;
}

/** The named lessons, or all. Throws `LESSON_UNKNOWN`, or `LESSON_INVALID` with what is wrong. */
export function findLessons(folder: string, names: readonly string[]): NamedLesson[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.mdx'))
    .map((file) => file.replaceAll('\\', '/').replace(/\.mdx$/, ''))
    .toSorted();
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new DocksideError('LESSON_UNKNOWN', `There is no lesson ${unknown}. There are: ${all.join(', ')}.`);
  }
  return (names.length > 0 ? names : all).map((name) => {
    const file = `content/lessons/${name}.mdx`;
    return { name, file, lesson: readLesson(file, readFileSync(join(folder, `${name}.mdx`), 'utf8')) };
  });
}
