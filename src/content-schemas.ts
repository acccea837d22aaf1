// The shapes of content/data: facts that age, quizzes, glossary. The build reads every file through these, and so do the tests.
import { z } from 'astro/zod';

const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single dashes are allowed');
const text = z.string().trim().min(1);

/** Something that was true on a day, from a source, and is to be looked up again before another day. */
export const factSchema = z.strictObject({
  id,
  /** What a lesson shows in its sentence: a version, a date, a short phrase. */
  value: text,
  /** The fact as a sentence of its own. */
  statement: text,
  source: z.strictObject({ title: text, url: z.url() }),
  /** The day on which the source was last read. */
  checked: z.coerce.date(),
  /** From this day on the fact may not be shown any more: CI fails until somebody has read the source again. */
  expires: z.coerce.date(),
  /** `medium`: the source is not the maker's own, or is silent on a detail. The page says so. */
  confidence: z.enum(['high', 'medium']).default('high'),
});
export type Fact = z.infer<typeof factSchema>;

const choiceSchema = z.strictObject({
  text,
  right: z.boolean().default(false),
  /** Why this choice is right, or what it overlooks. Shown after an answer. */
  why: text,
});

/** One file a chapter, named after it. A question with several right choices asks for all of them. */
export const quizSchema = z.strictObject({
  id,
  title: text,
  questions: z
    .array(
      z
        .strictObject({
          id,
          question: text,
          /** Shown in a code block below the question. */
          code: text.optional(),
          choices: z.array(choiceSchema).min(2).max(6),
          /** The lesson that has the answer, as chapter/lesson. */
          lesson: z.string().optional(),
        })
        .refine((question) => question.choices.some((choice) => choice.right), {
          error: 'one choice needs right: true',
          path: ['choices'],
        }),
    )
    .min(4),
});
export type Quiz = z.infer<typeof quizSchema>;

export const glossaryEntrySchema = z.strictObject({
  id,
  term: text,
  platform: z.enum(['kubernetes', 'ecs', 'both']),
  meaning: text,
  /** What the other system calls it, where there is something. */
  counterpart: text.optional(),
  lesson: z.string().optional(),
});
