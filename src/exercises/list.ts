// All exercises as the pages list them, each with its chapter and lesson where a lesson opens it.
import { getCollection, type CollectionEntry } from 'astro:content';
import { TRANSLATIONS } from '../i18n/paths.ts';

export type Platform = 'kubernetes' | 'ecs' | 'both';

export interface ListedExercise {
  slug: string;
  href: string;
  entry: CollectionEntry<'exercises'>;
  platform: Platform;
  points: number;
  /** Undefined for practice that belongs to no lesson. */
  chapter?: { id: string; title: string; order: number };
  lesson?: { title: string; href: string; order: number };
}

export function platformOf(sandboxes: readonly ('kubernetes' | 'ecs')[]): Platform {
  return sandboxes.length === 2 ? 'both' : (sandboxes[0] ?? 'kubernetes');
}

const DIFFICULTIES = ['beginner', 'intermediate', 'advanced'];

/** In the order of the chapters and their lessons; what belongs to none comes last, the easier first. */
export async function listExercises(): Promise<ListedExercise[]> {
  const [exercises, lessons, chapters] = await Promise.all([getCollection('exercises'), getCollection('docs'), getCollection('chapters')]);
  // A translated lesson stands for its original.
  const originals = lessons
    .filter(({ id }) => !TRANSLATIONS.some((locale) => id.startsWith(`${locale}/`)))
    .toSorted((a, b) => a.id.localeCompare(b.id));
  const listed = exercises.map((entry): ListedExercise => {
    const lesson = originals.find(({ data }) => data.exercise?.id === entry.id);
    const chapter = chapters.find(({ id }) => lesson?.id.startsWith(`${id}/`));
    return {
      slug: entry.id,
      href: `/exercises/${entry.id}/`,
      entry,
      platform: platformOf(entry.data.sandboxes),
      points: entry.data.objectives.reduce((sum, objective) => sum + objective.points, 0),
      ...(chapter && { chapter: chapter.data }),
      ...(lesson && { lesson: { title: lesson.data.title, href: `/${lesson.id}/`, order: lesson.data.sidebar.order ?? 999 } }),
    };
  });
  const rank = (one: ListedExercise): string =>
    one.chapter
      ? `${one.chapter.order} ${one.lesson?.order ?? 999} ${one.lesson?.href ?? ''}`
      : `99 ${DIFFICULTIES.indexOf(one.entry.data.difficulty)} ${one.entry.data.title}`;
  return listed.toSorted((a, b) => rank(a).localeCompare(rank(b), 'en', { numeric: true }));
}
